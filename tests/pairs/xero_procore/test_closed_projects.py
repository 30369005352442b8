"""A project that is closed to us holds its own records, and the others go on, over real HTTP (E8)."""

from collections import Counter

import pytest
from django.contrib.auth.models import User

from integrations import checkup
from integrations.engine import release
from integrations.models import Connection, Posting, ProjectBudget, Record, RequestLine, Work
from integrations.sandbox.contractor.mapping import PROJECTS
from integrations.systems.procore import permissions
from mappings.models import ProjectRow
from tests.engine.projects.site import settle_time
from tests.pairs.xero_procore.northline import Northline

pytestmark = pytest.mark.sqlite  # no database changes what a refusal means

CLOSED, OPEN = "1201", "1203"
INVOICES = "/requisitions$"


def project(northline: Northline, number: str) -> int:
    rows = northline.sandbox.procore.collections()["projects"].values()
    return next(int(row["id"]) for row in rows if row["project_number"] == number)


def standing(northline: Northline) -> Counter[str]:
    """Commitments and requisitions of ours by project."""
    rows = Posting.objects.filter(kind__in=("commitment", "requisition"), standing__in=("draft", "ledger"))
    ids = {str(project(northline, number)): number for number in PROJECTS.values()}
    return Counter(ids[each] for each in rows.values_list("project", flat=True) if each in ids)


def test_orders_and_bills_of_a_closed_project_are_held_and_all_others_stand(northline: Northline) -> None:
    northline.sandbox.procore.permit_project(CLOSED, permitted=False)
    result = northline.run()
    assert result.failure == ""
    found = standing(northline)
    assert set(found) == {"1202", "1203", "1204"}
    held = Record.objects.filter(work=Work.HELD, hold_reason="no-permission")
    assert held.count() > 5
    assert all("permitted projects" in each.explanation for each in held)
    northline.sandbox.procore.permit_project(CLOSED)
    release.release(held, User.objects.create(username="anna"))
    northline.run()
    assert standing(northline)[CLOSED] > 5
    assert not Record.objects.filter(hold_reason="no-permission").exists()


def test_a_doubt_in_a_closed_project_is_kept_and_keeps_no_other_waiting_e2(northline: Northline) -> None:
    """One bill in each of two projects got no answer; then one of the projects is closed."""
    for number in (CLOSED, OPEN):
        place = str(project(northline, number))
        northline.sandbox.faults.add("procore", "lose_answer", method="POST", path=INVOICES, contains=place)
    northline.run()
    doubts = {each.postings.get(kind="requisition").project: each for each in Record.objects.filter(work=Work.DOUBT)}
    closed, other = (doubts[str(project(northline, number))] for number in (CLOSED, OPEN))
    northline.sandbox.procore.permit_project(CLOSED, permitted=False)
    settle_time()
    assert northline.run().failure == ""
    for each in (closed, other):
        each.refresh_from_db()
    assert (closed.work, closed.hold_reason, other.work) == ("held", "no-permission", "done")
    assert RequestLine.objects.filter(posting__record=closed, outcome="unknown").exists()
    northline.sandbox.procore.permit_project(CLOSED)
    release.release([closed], User.objects.create(username="anna"))
    northline.run()
    closed.refresh_from_db()
    assert closed.work == "done"
    made = northline.sandbox.procore.collections()["requisitions"].values()
    reference = closed.postings.get(kind="requisition").reference
    assert [row["origin_data"] for row in made].count(reference) == 1


def test_without_the_directory_only_orders_of_new_suppliers_wait(northline: Northline) -> None:
    northline.integration.vendors, northline.integration.new_vendors_need_approval = "both", False
    northline.integration.save()
    northline.sandbox.procore.set_permission("company_directory", "none")
    Connection.objects.filter(system="procore").update(lists_read_at=northline.sandbox.clock.now())
    result = northline.run()
    assert result.failure == ""
    held = Record.objects.filter(hold_reason="no-permission")
    assert held.exists()
    assert standing(northline).total() > 40


def facts_of(northline: Northline) -> tuple[dict[str, str], list[str]]:
    connection = Connection.objects.get(pk=northline.integration.target_id)
    result = checkup.test(connection, User.objects.get_or_create(username="ivan")[0])
    return dict(result.facts), result.warnings


@pytest.mark.promise(37)
def test_the_connection_s_test_looks_into_the_projects_of_the_tables_and_of_what_was_written(
    northline: Northline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First those to which nothing was written yet; one that is not shown to us is named."""
    monkeypatch.setattr(permissions, "MOST_PROJECTS", 2)
    procore, named = northline.sandbox.procore, dict(ProjectRow.objects.values_list("target__code", "target__key"))
    for number in ("0100", "0200"):
        procore.add_project(f"Nobody's {number}", number)
    written, *others = sorted(named)
    ProjectBudget.objects.create(connection=northline.integration.target, project=named[written])
    for number in others[:-2]:
        procore.permit_project(int(named[number]), permitted=False)
    last = others[-1]
    procore.set_permission("direct_costs", "read", project=int(named[last]))
    facts, warnings = facts_of(northline)
    (warning,) = warnings
    assert warning.startswith(f"“Direct Costs” in project {last} may only read, not write")
    assert "and 3 of 6 projects (" in facts["Looked into"]
    assert all(number in facts["Looked into"] for number in others[-2:])
    assert all(number in facts["Not shown to us"] for number in others[:-2])
    assert "list of permitted projects" in facts["Not shown to us"]
