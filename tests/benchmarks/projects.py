"""What an order and a bill of the contractor cost in calls to Procore, beside the least that there are (E32)."""

from collections import Counter
from math import ceil
from typing import Any

from integrations.sandbox import Sandbox
from tests.benchmarks import surroundings

Json = dict[str, Any]
# Rows of one synchronisation of headers or statuses, and ids of one reading.
ROWS, READ = 100, 50


def trial(start: surroundings.Start | None = None) -> Json:
    """In a portal and with stand-ins of its own, on SQLite."""
    with surroundings.home(start) as home:
        return surroundings.portal("projects", surroundings.environment_of_pages(home, ""), {})


def measured() -> Json:
    """Inside that portal: the run that writes the orders, then the one that writes the bills."""
    from integrations.models import Cursor, Integration, VendorPolicy
    from integrations.sandbox.company.calendar import Calendar
    from integrations.sandbox.contractor import seed
    from tests.pairs.xero_procore import northline

    with Sandbox(systems=["xero", "procore"], limits=False) as sandbox, northline.addresses(sandbox):
        calendar = Calendar(sandbox.clock.now().date())
        seed.seed_procore(sandbox.procore, calendar.today)
        seed.seed_masters(sandbox.xero)
        made = seed.add_orders(sandbox.xero, calendar)
        integration = northline.connect(sandbox, calendar)
        northline.read_lists(integration)
        northline.fill_tables(integration)
        Integration.objects.update(vendors=VendorPolicy.BOTH, new_vendors_need_approval=False)
        company = northline.Northline(sandbox, integration)
        orders = _calls(sandbox, company)
        counted = _counted(sandbox)
        seed.add_bills(sandbox.xero, made, calendar)
        Cursor.objects.update(last_pass_at=None)
        bills = _calls(sandbox, company)
        return {"orders": orders | _orders(counted), "bills": bills | _bills(_counted(sandbox))}


def _calls(sandbox: Sandbox, company: Any) -> Json:
    """What one run asks of both systems, signing in apart."""
    before = {name: len(sandbox.log(name)) for name in ("xero", "procore")}
    failure = company.run().failure
    asked = {name: sandbox.log(name)[start:] for name, start in before.items()}
    kinds = Counter(each["method"] for each in asked["procore"] if each["path"].startswith("/rest/"))
    return {
        "failure": failure,
        "calls": kinds.total(),
        "reads": kinds["GET"],
        "writes": kinds.total() - kinds["GET"],
        "calls_of_the_source": sum(each["path"].startswith("/api.xro/") for each in asked["xero"]),
    }


def _counted(sandbox: Sandbox) -> dict[str, list[Json]]:
    owner = next(iter(sandbox.procore.companies.values()))
    return {name: list(rows.values()) for name, rows in owner.shelves.items()}


def _orders(found: dict[str, list[Json]]) -> Json:
    """The lines of each; its header, reading it back and its status together with the others of its project; the figure
    of each code of a project once, and the list of its budget lines and of its vendors; each vendor put on that once. A
    new vendor is looked up by our mark and by its name, and made, and the inactive ones are read once for all of them;
    vendors that were there are read together, and get our mark together."""
    from integrations.models import RequestLine

    ours = [each for each in found["purchase_orders"] if str(each["origin_id"]).startswith("xero:po:")]
    places = {each["id"]: each["_project"] for each in ours}
    lines = [each for each in found["line_items"] if each["_order"] in places]
    codes = {(str(places[each["_order"]]), str(each["_code"])) for each in lines}
    codes |= _over_budget(found)
    counts = Counter(places.values())
    together = sum(2 * ceil(count / ROWS) + ceil(count / READ) for count in counts.values())
    vendors = {(each["_project"], each["vendor_id"]) for each in ours}
    stood = {(each["_project"], each["vendor_id"]) for each in found["purchase_orders"] if each not in ours}
    new = RequestLine.objects.filter(step="vendor-create").count()
    marks = 2 * ceil(RequestLine.objects.filter(step="vendor-mark").count() / READ)
    suppliers = 3 * new + bool(new) + marks
    least = len(ours) + together + len(codes) + 2 * len(counts) + len(vendors - stood) + suppliers
    return {"documents": len(ours), "least": least}


def _bills(found: dict[str, list[Json]]) -> Json:
    """The requisition of each with the day it was paid on, each payment; of each commitment that a bill belongs to its
    chain once and, together with the others of its project, its lines; of each project its periods. What is over budget
    is looked at again: per project the statuses and the list of its lines, and each figure."""
    from integrations.models import BudgetCheck

    ours, named = found["requisitions"], _named()
    judged = {order for order, reason in named if reason != "no-open-period"}
    counts = Counter(project for project, _ in judged)
    periods = {project for (project, _), _ in named}
    lines = sum(ceil(count / READ) for count in counts.values())
    again = 2 * len({check.project for check in BudgetCheck.objects.all()}) + len(_over_budget(found))
    least = len(ours) + len(found["contract_payments"]) + lines + len(judged) + len(periods) + again
    return {"documents": len(ours), "payments": len(found["contract_payments"]), "least": least}


def _over_budget(found: dict[str, list[Json]]) -> set[tuple[str, str]]:
    """(project, code) of what is held over budget, where there is a budget line to read."""
    from integrations.models import BudgetCheck

    budgeted = {(str(each["_project"]), str(each["_code"])) for each in found["budget_lines"]}
    held = {(check.project, each["code"]) for check in BudgetCheck.objects.all() for each in check.figures}
    return held & budgeted


def _named() -> set[tuple[tuple[str, str], str]]:
    """(project, commitment) of the orders that bills name, with what the bill is held for, "" where it was written."""
    from integrations.engine.projects import around
    from integrations.models import Record, Work
    from integrations.pairs.xero_procore import linking

    orders = set()
    looked_at = Record.objects.filter(flow="bills", work__in=[Work.DONE, Work.HELD])
    for bill in looked_at.exclude(hold_reason__in=["credit", "zero-total", "invalid-source"]):
        mine = around.orders_of(bill.integration, bill.vendor_key)
        named = linking.named_by(bill.number, bill.vendor_key, mine)
        if len(named) == 1 and named[0].commitment:
            orders.add(((named[0].project, named[0].commitment), bill.hold_reason))
    return orders


def table(found: Json) -> str:
    rows = [f"{'':8}{'stand':>8}{'calls':>8}{'least':>8}{'each':>8}{'least':>8}"]
    for name, told in found.items():
        count = told["documents"] or 1
        each, least = told["calls"] / count, told["least"] / count
        rows.append(f"{name:8}{told['documents']:>8}{told['calls']:>8}{told['least']:>8}{each:>8.2f}{least:>8.2f}")
    return "\n".join(rows)
