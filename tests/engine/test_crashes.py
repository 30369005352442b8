"""Whatever strikes a worker, wherever: every order ends as exactly one bill, and none is lost (E1 to E5).

The portal runs in processes of its own, on a database of its own, against stand-ins over real HTTP.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from integrations.sandbox import Sandbox
from tests import world
from tests.engine.nursery import SETTLED, Nursery, Outside, copied, empty_portal, works
from tests.engine.outside import LEDGER

pytestmark = pytest.mark.own_database

ORDERS = ["PF1", "PF2", "PF3"]


@dataclass
class Company(Outside):
    """With three approved orders."""

    tenant: str = ""

    def bills(self) -> Counter[str]:
        stored = self.sandbox.xero.bills(self.tenant)
        return Counter(bill["InvoiceNumber"] for bill in stored if bill["Status"] not in ("DELETED", "VOIDED"))

    def ends_with_each_order_once(self, *options: str) -> None:
        """One more run finds every order posted, each exactly once, and the line of A99 adds up."""
        shown = self.sync(*options)
        assert self.bills() == Counter(ORDERS)
        assert works(shown) == dict.fromkeys(ORDERS, "done"), shown
        ids = {bill["InvoiceNumber"]: bill["InvoiceID"] for bill in self.sandbox.xero.bills(self.tenant)}
        assert {each["document"]: each["target_id"] for each in shown["postings"]} == ids
        assert shown["adds_up"]


@pytest.fixture
def outside(tmp_path: Path, nursery: Nursery) -> Iterator[Company]:
    with copied(empty_portal(), tmp_path) as portal, Sandbox(limits=False) as sandbox:
        tenant, answer = world.furnish_systems(sandbox)
        addresses = {f"XERO_{part}_URL": sandbox.url("xero") for part in ("API", "IDENTITY", "LOGIN")}
        addresses["PROCURIFY_API_URL"] = f"{sandbox.url('procurify')}/{{domain}}"
        company = Company(sandbox, {**portal.environment, **addresses}, nursery, tenant=tenant)
        company.prepare("tests.world", {"tenant": tenant, "answer": answer})
        for number in ORDERS:
            sandbox.procurify.add_order(
                world.DOMAIN, number=number, vendor=world.VENDOR, date=world.DAY, lines=[world.line()]
            )
        yield company


@pytest.mark.promise(47)
@pytest.mark.parametrize("point", [point for point in LEDGER if point != "while a doubt is settled"])
def test_e2_a_worker_killed_anywhere_leaves_one_bill_per_order(outside: Company, point: str) -> None:
    outside.dies(point)
    outside.ends_with_each_order_once("--later", str(SETTLED))


def test_e2_a_worker_killed_while_a_doubt_is_settled(outside: Company) -> None:
    outside.dies("after the intent")
    outside.dies("while a doubt is settled", "--later", str(SETTLED))
    outside.ends_with_each_order_once("--later", str(2 * SETTLED))


@pytest.mark.parametrize("effect", ["lose_answer", "status_after_commit", "cut_body", "refuse", "delay"])
def test_e2_an_answer_that_is_lost_is_looked_up(outside: Company, effect: str) -> None:
    outside.sandbox.faults.add(
        system="xero", method="PUT", path="Invoices", effect=effect, status=500, body="", seconds=0.2
    )
    outside.sync()
    outside.ends_with_each_order_once("--later", str(SETTLED))


def test_e2_nothing_is_written_again_before_the_lost_write_must_have_ended(outside: Company) -> None:
    outside.sandbox.faults.add(system="xero", method="PUT", path="Invoices", effect="lose_answer")
    outside.sync()
    shown = outside.sync("--later", "60")
    assert set(works(shown).values()) == {"doubt"}
    assert shown["requests"] == ["unknown"]


@pytest.mark.parametrize("point", ["after the intent", "before the answer is saved"])
def test_e3_a_worker_that_stands_still_and_goes_on_after_another_took_over(outside: Company, point: str) -> None:
    still = outside.stops(point)
    outside.ends_with_each_order_once("--later", str(SETTLED))
    outside.continue_together(still)
    outside.ends_with_each_order_once("--later", str(2 * SETTLED))


def test_e4_two_integrations_on_one_company_post_an_order_once(outside: Company) -> None:
    first, second = outside.integrations
    still = outside.stops("after the intent")
    outside.do("sync", "--integration", str(second), "--later", str(SETTLED))
    outside.continue_together(still)
    outside.do("sync", "--integration", str(first), "--later", str(2 * SETTLED))
    assert outside.bills() == Counter(ORDERS)


def test_e4_two_workers_at_once_post_an_order_once(outside: Company) -> None:
    outside.sandbox.faults.add(system="xero", method="PUT", path="Invoices", effect="delay", seconds=0.5)
    outside.two_at_once()
    outside.ends_with_each_order_once("--later", str(SETTLED))
