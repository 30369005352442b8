"""Orders, bills and tables of Bayside Builders, without any system or database."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from integrations.documents import Tracked, Vendor
from integrations.pairs.xero_procore.documents import Bill, BillStatus, Order, OrderStatus, SourceLine, TaxMode
from integrations.pairs.xero_procore.terms import ProjectTerms
from integrations.project_documents import ProjectFacts
from mappings import keys
from mappings.project_tables import BudgetCode, BudgetLineRow, CostCodeRow, KnownProject, ProjectRow, ProjectTables
from mappings.tables import Tables, VendorRow

D = Decimal
CLINIC, WHARF = "362778", "362779"
JOB, REGION, LINE = "cat-job", "cat-region", "cat-line"
CONCRETE, LABOUR, STEEL = "1001", "1002", "1003"
MIXERS = Vendor("c-1", "Mau Mixers")
IN_CLINIC = (Tracked(JOB, "Harbour Clinic"),)
IN_WHARF = (Tracked(JOB, "1240"),)

PROJECTS = {
    CLINIC: ProjectFacts(CLINIC, "1234", "Harbour Clinic", True, currency="NZD"),
    WHARF: ProjectFacts(WHARF, "01240", "North Wharf", True),
}
TERMS = ProjectTerms(start_date=date(2026, 1, 1), project_category=JOB, projects=PROJECTS)

CODES = {
    (CLINIC, "03-300.M"): CONCRETE, (CLINIC, "03-300.L"): LABOUR, (CLINIC, "05-100.M"): STEEL,
    (WHARF, "03-300.M"): "2001", (WHARF, "05-100.M"): "2003",
}  # fmt: skip
COST_CODES: Mapping[tuple[str, str, str], str] = {
    ("310", "", ""): "03-300.M",
    ("320", "", ""): "05-100.M",
    ("310", "LAB*", ""): "03-300.L",
}
MARKS = {("820", "", ""): "not project cost", ("850", "", ""): "retention"}


def tables(**more: Any) -> Tables:
    """Accounts 310 concrete, 320 steel, 820 no project cost, 850 retention; two jobs, one of them by its number."""
    coded = {key: CostCodeRow(keys.COST_CODE, pk, 1, code=code) for pk, (key, code) in enumerate(COST_CODES.items(), 1)}
    marked = {key: CostCodeRow(keys.COST_CODE, pk, 1, mark=mark) for pk, (key, mark) in enumerate(MARKS.items(), 50)}
    parts: dict[str, Any] = {
        "projects": {"opt-clinic": ProjectRow(keys.PROJECT, 1, 1, target=CLINIC, name="Harbour Clinic")},
        "cost_codes": coded | marked,
        "budget_lines": {},
        "options": {
            (JOB, "harbour clinic"): "opt-clinic", (JOB, "1240"): "opt-wharf", (JOB, "somewhere"): "opt-else",
            (LINE, "slab"): "opt-slab", (REGION, "north"): "opt-north",
        },
        "known": {
            CLINIC: KnownProject(CLINIC, "1234", "Harbour Clinic", True),
            WHARF: KnownProject(WHARF, "01240", "North Wharf", True),
        },
        "codes": {key: BudgetCode(pk, key[1], key[1], True) for key, pk in CODES.items()},
    }  # fmt: skip
    vendors = {("c-1", ""): VendorRow(keys.VENDOR, 1, 1, target="5181441", name="Mau Mixers")}
    return Tables(vendors=vendors, projects=ProjectTables(**(parts | more)))


def budget_line(code: str) -> BudgetLineRow:
    return BudgetLineRow(keys.BUDGET_LINE, 1, 1, code=code)


def line(amount: str, account: str = "310", **more: Any) -> SourceLine:
    values: dict[str, Any] = {
        "line_id": f"l-{amount}-{account}", "description": "Ready-mix 30 MPa", "tracking": IN_CLINIC, **more,
    }  # fmt: skip
    return SourceLine(amount=D(amount), account=account, **values)


def _figures(lines: tuple[SourceLine, ...], mode: TaxMode) -> dict[str, Any]:
    """What the system adds up to by its own rule."""
    tax = sum((each.tax_amount for each in lines), D(0))
    amounts = sum((each.amount for each in lines), D(0))
    net = amounts - tax if mode is TaxMode.INCLUSIVE else amounts
    return {"net": net, "tax": tax, "total": net + tax}


def order(*lines: SourceLine, mode: TaxMode = TaxMode.EXCLUSIVE, **more: Any) -> Order:
    given = lines or (line("1000.00"),)
    values: dict[str, Any] = {
        "source_id": "o-1", "number": "PO-0042", "status": OrderStatus.AUTHORISED, "vendor": MIXERS,
        "date": date(2026, 2, 3), "currency": "NZD", "tax_mode": mode, "lines": given, **_figures(given, mode), **more,
    }  # fmt: skip
    return Order(**values)


def bill(*lines: SourceLine, mode: TaxMode = TaxMode.EXCLUSIVE, **more: Any) -> Bill:
    given = lines or (line("400.00"),)
    values: dict[str, Any] = {
        "source_id": "b-1", "number": "PO-0042", "status": BillStatus.AUTHORISED, "vendor": MIXERS,
        "date": date(2026, 2, 18), "currency": "NZD", "tax_mode": mode, "lines": given, **_figures(given, mode), **more,
    }  # fmt: skip
    return Bill(**values)
