"""What an order and a bill of the contractor cost in calls to Procore, beside the least that there are (E32)."""

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from integrations.sandbox import Sandbox
from tests.benchmarks import surroundings

Json = dict[str, Any]


def trial() -> Json:
    """In a portal and with stand-ins of its own, on SQLite."""
    with tempfile.TemporaryDirectory(prefix="counterfoil-bench-") as home:
        return surroundings.portal("projects", surroundings.environment_of_pages(str(Path(home)), ""), {})


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
    """Header, lines, read back and status of each; the figure of each of its codes; the directory of each project once,
    each vendor put on it once; a new vendor looked up by our mark and by its name in two lists, and made."""
    ours = [each for each in found["purchase_orders"] if str(each["origin_id"]).startswith("xero:po:")]
    places = {each["id"]: each["_project"] for each in ours}
    codes = {(each["_order"], each["_code"]) for each in found["line_items"] if each["_order"] in places}
    projects = set(places.values())
    vendors = {(each["_project"], each["vendor_id"]) for each in ours}
    stood = {(each["_project"], each["vendor_id"]) for each in found["purchase_orders"] if each not in ours}
    new = sum(bool(each["origin_id"]) for each in found["vendors"]) - 1  # one was there before
    least = 4 * len(ours) + len(codes) + 2 * len(projects) + len(vendors - stood) + 4 * new
    return {"documents": len(ours), "least": least}


def _bills(found: dict[str, list[Json]]) -> Json:
    """The requisition of each and the day it was paid on, each payment; of each commitment its lines and its chain
    once, of each project its periods."""
    ours = found["requisitions"]
    paid = sum(bool(each["payment_date"]) for each in ours)
    commitments = {each["commitment_id"] for each in ours}
    projects = {each["project_id"] for each in ours}
    least = len(ours) + paid + len(found["contract_payments"]) + 2 * len(commitments) + len(projects)
    return {"documents": len(ours), "payments": len(found["contract_payments"]), "least": least}


def table(found: Json) -> str:
    rows = [f"{'':8}{'stand':>8}{'calls':>8}{'least':>8}{'each':>8}{'least':>8}"]
    for name, told in found.items():
        count = told["documents"] or 1
        each, least = told["calls"] / count, told["least"] / count
        rows.append(f"{name:8}{told['documents']:>8}{told['calls']:>8}{told['least']:>8}{each:>8.2f}{least:>8.2f}")
    return "\n".join(rows)
