"""The smallest contractor: one project, one supplier, an order and its bill, kept by a portal outside."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from shutil import copy
from typing import Any

from integrations.models import Integration, ProjectSettings, VendorPolicy
from integrations.pairs.xero_procore.terms import Unlinked
from integrations.sandbox import Sandbox
from integrations.sandbox.xero.dates import day_string, day_text
from mappings import models as tables
from mappings.models import ReferenceEntry
from tests.engine.nursery import SETTLED, Nursery, Outside, Portal, copied, empty_portal
from tests.pairs.xero_procore import ledger, northline

SUPPLIER, PROJECT, OPTION = "Mau Mixers", "Cottage", "Project"
CODE, ACCOUNT = "03-300.M", "310"
BUDGET = "1080.00"  # what everything needs: an order whose money is counted twice is held
ORDER, SUNDRY = "PO-1", "INV-7"
PARTS = ("600.00", "400.00")
PAID = ("250.00", "750.00")
SUNDRY_AMOUNT = "80.00"
STATE = "sandbox.json"
EVERY_MINUTE = dict.fromkeys(("orders_every", "bills_every", "payments_every"), 1)
LIVE = ("draft", "ledger")
Json = dict[str, Any]
D = Decimal


def furnish(sandbox: Sandbox) -> Json:
    """Both systems with nothing bought yet; what they are to be connected with."""
    xero, procore, today = sandbox.xero, sandbox.procore, sandbox.clock.now().date()
    tenant = str(xero.add_organisation("Cottage Builders", "USD", country="US")["OrganisationID"])
    xero.add_tracking_category(OPTION, [PROJECT], tenant=tenant)
    xero.add_contact(SUPPLIER, EmailAddress="ar@mau.example", tenant=tenant)
    procore.add_project(PROJECT, "1")
    procore.set_budget(PROJECT, CODE, BUDGET, name="Concrete")
    month = timedelta(days=31)
    procore.add_billing_period(PROJECT, (today - month).isoformat(), (today + month).isoformat())
    start = (today - timedelta(days=60)).isoformat()
    answer = northline.consent(sandbox, tenant)
    return {"answer": answer, "tenant": tenant, "company": procore.company().id, "start": start}


def connected(answer: Json, tenant: str, company: int, start: str, *, locks: bool = False) -> Integration:
    """As its accountant set it up: vendors are created, bills without an order are direct costs, and what is paid is
    locked if he says so."""
    integration = northline.connection_of(answer, tenant, company, date.fromisoformat(start))
    integration.vendors, integration.new_vendors_need_approval = VendorPolicy.BOTH, False
    integration.save()
    northline.read_lists(integration)
    scope = integration.scope
    known = ReferenceEntry.objects.filter(books=scope.source_books)
    option, category = known.get(kind="tracking_option"), known.get(kind="tracking_category")
    project = ReferenceEntry.objects.get(books=scope.target_books, kind="project")
    tables.ProjectRow.objects.create(scope=scope, source_key=option.key, target=project)
    tables.CostCodeRow.objects.create(scope=scope, source_code=ACCOUNT, code=CODE)
    ProjectSettings.objects.create(
        integration=integration, project_category=category.key, unlinked=Unlinked.DIRECT_COST, lock_settled=locks,
        **EVERY_MINUTE,
    )  # fmt: skip
    return integration


@dataclass
class Owner:
    """Of both companies: what happens in the books, and what then stands in the project."""

    sandbox: Sandbox
    tenant: str

    # What happens in the books

    def order(self, number: str = ORDER, parts: Sequence[str] = PARTS) -> Json:
        return self.sandbox.xero.add_purchase_order(SUPPLIER, _parts(parts), number=number, tenant=self.tenant)

    def bill(self, *paid: str, number: str = ORDER) -> Json:
        """Of the whole order, and what was paid of it."""
        made = self._bill(number, _parts())
        for each in paid:
            self.pay(made, each)
        return made

    def pay(self, bill: Json, amount: str) -> None:
        self.sandbox.xero.pay_bill(bill["InvoiceID"], amount, tenant=self.tenant)

    def sundry(self, number: str = SUNDRY) -> Json:
        """A bill that nobody ordered."""
        return self._bill(number, [_line(SUNDRY_AMOUNT, "Nails")])

    def _bill(self, number: str, lines: list[Json]) -> Json:
        return self.sandbox.xero.add_bill(
            SUPPLIER, lines, number=number, status="AUTHORISED", tenant=self.tenant, LineAmountTypes="NoTax"
        )

    def change_order(self, first_part: str, number: str = ORDER) -> None:
        """It is to be delivered later, and its second part is no longer wanted."""
        kept = self.sandbox.xero.purchase_order(number, tenant=self.tenant)["LineItems"][0]["LineItemID"]
        line = {**_line(first_part, "Part 1"), "LineItemID": kept}
        day = (self.sandbox.clock.now() + timedelta(days=9)).date()
        self._edit_order(number, LineItems=[line], DeliveryDate=day_text(day), DeliveryDateString=day_string(day))

    def delete_order(self, number: str = ORDER) -> None:
        self._edit_order(number, Status="DELETED")

    def _edit_order(self, number: str, **fields: Any) -> None:
        made = self.sandbox.xero.purchase_order(number, tenant=self.tenant)
        self.sandbox.xero.edit_purchase_order(made["PurchaseOrderID"], tenant=self.tenant, **fields)

    def void_bill(self, number: str = ORDER) -> None:
        """With everything that was paid of it."""
        self.take_back(*PAID, number=number)
        self.sandbox.xero.delete_bill(self._of(number)["InvoiceID"], tenant=self.tenant)

    def take_back(self, *paid: str, number: str = ORDER) -> None:
        bill, made = self._of(number)["InvoiceID"], self.sandbox.xero.organisation(self.tenant).payments.rows.values()
        mine = [row for row in made if row["Invoice"]["InvoiceID"] == bill and row["Status"] == "AUTHORISED"]
        for payment in [row["PaymentID"] for row in mine if f"{row['Amount']:.2f}" in paid]:
            self.sandbox.xero.remove_payment(payment, tenant=self.tenant)

    def _of(self, number: str) -> Json:
        return next(each for each in self.sandbox.xero.bills(self.tenant) if each["InvoiceNumber"] == number)

    # What stands

    def standing(self) -> list[str]:
        """Everything there that is ours, from the stand-in's own rows; orders that were closed or removed as well."""
        found, there = ledger.standing(self.sandbox), ledger.company(self.sandbox)
        lines = {each["id"]: each["lines"] for group in found.commitments.values() for each in group}
        said = [f"vendor in {len(each['project_ids'])} project" for each in there["vendors"]]
        for row in there["purchase_orders"]:
            amounts = sorted(amount for _, amount in lines.get(row["id"], {}).values())
            said.append(" ".join(["commitment", row["status"], *map(str, amounts), "gone" * bool(row["deleted_at"])]))
        said += [
            f"requisition {sum(each['lines'].values())}{' paid' * bool(each['paid'])}{' locked' * each['locked']}"
            for group in found.requisitions.values() for each in group
        ]  # fmt: skip
        said += [
            f"payment {each['amount']}{' locked' * each['locked']}"
            for group in found.payments.values() for each in group
        ]  # fmt: skip
        for row in there["direct_costs"]:
            paid, locked = " paid" * bool(row["payment_date"]), " locked" * bool(row["origin_id"])
            said.append(f"direct cost {row['invoice_number']}{paid}{locked}")
        return sorted(each.strip() for each in said)

    def ids(self) -> Counter[str]:
        """Of everything that was not closed or removed."""
        there = ledger.company(self.sandbox)
        gone = [row["id"] for row in there["purchase_orders"] if row["deleted_at"] or row["status"] == "Closed"]
        shelves = ("vendors", "purchase_orders", "requisitions", "contract_payments", "direct_costs")
        return Counter(str(row["id"]) for name in shelves for row in there[name] if row["id"] not in gone)


@dataclass
class Cottage(Outside):
    tenant: str = ""

    @property
    def owner(self) -> Owner:
        return Owner(self.sandbox, self.tenant)

    def marks(self) -> list[str]:
        """The contacts' ids that vendors bear."""
        return [row["origin_id"] for row in ledger.company(self.sandbox)["vendors"] if row["origin_id"]]

    def asked(self, method: str, part: str) -> int:
        """How often Procore was asked for this."""
        return sum(each["method"] == method and part in each["path"] for each in self.sandbox.log("procore"))

    def ends(self, *standing: str, committed: str, spent: str = "0.00", later: float = SETTLED) -> None:
        """One more run finds exactly this, all of it ours, and holds as much of the budget as stands."""
        shown = self.sync("--later", str(later))
        found = self.owner.standing()
        assert found == sorted(standing), (found, shown)
        figures = self.sandbox.procore.budget(PROJECT, CODE)
        assert (figures["committed_costs"], figures["direct_costs"]) == (committed, spent)
        assert not {"intended", "unknown"} & set(shown["requests"])
        assert {each["work"] for each in shown["records"]} <= {"done", "withdrawn"}, shown["records"]
        live = [each for each in shown["postings"] if each["standing"] in LIVE or each["kind"] == "project-vendor"]
        assert Counter(each["target_id"] for each in live) == self.owner.ids()
        assert sum(D(amount) for _, amount, _ in shown["reserved"]) == D(committed)
        assert all(counted for _, _, counted in shown["reserved"])
        assert shown["adds_up"]
        assert not [each for each in self.sandbox.log("xero") if each["method"] != "GET" and "api.xro" in each["path"]]


def _parts(amounts: Sequence[str] = PARTS) -> list[Json]:
    return [_line(each, f"Part {at}") for at, each in enumerate(amounts, start=1)]


def _line(amount: str, text: str) -> Json:
    tracking = [{"Name": OPTION, "Option": PROJECT}]
    return {
        "Description": text, "Quantity": 1, "UnitAmount": amount, "AccountCode": ACCOUNT, "TaxType": "NONE",
        "Tracking": tracking,
    }  # fmt: skip


@dataclass(frozen=True)
class Day:
    """Both sides as they are at one moment."""

    portal: Portal
    state: Path
    tenant: str
    integrations: list[int]

    @contextmanager
    def copied(self, folder: Path, nursery: Nursery) -> Iterator[tuple["Day", Cottage]]:
        """The same day once more, with somebody at work in it; what it takes on the server goes with the context."""
        folder.mkdir(exist_ok=True)
        state = Path(copy(self.state, folder / STATE))
        with copied(self.portal, folder) as portal, _open(state) as sandbox:
            cottage = Cottage(sandbox, _environment(portal, sandbox), nursery, self.integrations, self.tenant)
            yield replace(self, portal=portal, state=state), cottage


class Days:
    """Moments that stories begin with, each made once, when the first story begins with it."""

    def __init__(self, folder: Path, nursery: Nursery, stack: ExitStack, *, locks: bool = False) -> None:
        self._folder, self._nursery, self._stack, self._locks = folder, nursery, stack, locks
        self._made: dict[str, Day] = {}
        self._first = self._connected()

    @contextmanager
    def after(self, happened: Callable[[Cottage], Any], folder: Path) -> Iterator[Cottage]:
        """A copy of the day on which this happened."""
        name = happened.__name__
        if name not in self._made:
            day, cottage = self._stack.enter_context(self._first.copied(self._folder / name, self._nursery))
            happened(cottage)
            cottage.sandbox.save()
            self._made[name] = day
        with self._made[name].copied(folder, self._nursery) as (_, cottage):
            yield cottage

    def _connected(self) -> Day:
        """With nothing bought yet."""
        portal, state = self._stack.enter_context(copied(empty_portal(), self._folder)), self._folder / STATE
        with _open(state) as sandbox:
            facts = furnish(sandbox) | {"locks": self._locks}
            cottage = Cottage(sandbox, _environment(portal, sandbox), self._nursery, tenant=facts["tenant"])
            cottage.prepare(__name__, facts)
        return Day(portal, state, facts["tenant"], cottage.integrations)


def _open(state: Path) -> Sandbox:
    return Sandbox(systems=("xero", "procore"), limits=False, state_file=state)


def _environment(portal: Portal, sandbox: Sandbox) -> dict[str, str]:
    parts = {"xero": ("API", "IDENTITY", "LOGIN"), "procore": ("API", "LOGIN")}
    addresses = {f"{each}_{part}_URL".upper(): sandbox.url(each) for each in parts for part in parts[each]}
    return {**portal.environment, **addresses}
