"""Procore's JSON, fresh or stored, to documents of ours."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from integrations.documents import Vendor
from integrations.project_documents import (
    BillingPeriod,
    BudgetLine,
    CommitmentStatus,
    ProjectFacts,
    RequisitionStatus,
    StoredCommitment,
    StoredCommitmentLine,
    StoredContractPayment,
    StoredDirectCost,
    StoredRequisition,
    StoredRequisitionItem,
)
from integrations.systems.exact_json import loads
from integrations.systems.procore import shapes
from integrations.systems.reading import read

__all__ = [
    "billing_period", "budget_line", "commitment", "commitment_line", "direct_cost", "loads", "payment", "project",
    "requisition", "vendor", "with_currency",
]  # fmt: skip

# Purchase orders' statuses are Title Case with blanks; others' are written otherwise (August 2026).
STATUS_WORDS = {status: str(status).title() for status in CommitmentStatus}
STATUSES = {word: status for status, word in STATUS_WORDS.items()}
# Requisitions' are lower case, with underscores.
REQUISITION_WORDS = {status: str(status).replace(" ", "_") for status in RequisitionStatus}
REQUISITION_STATUSES = {word: status for status, word in REQUISITION_WORDS.items()}
ZERO = Decimal(0)


def project(raw: Any) -> ProjectFacts:
    row = read(shapes.Project, raw, "Project")
    number = (row.project_number or "").strip()
    return ProjectFacts(str(row.id), number, row.name, row.active, origin=row.origin_id or "")


def with_currency(known: ProjectFacts, raw: Any) -> ProjectFacts:
    """The project with what its currency configuration says."""
    row = read(shapes.Currency, raw, "Currency of a project")
    several = bool(row.multicurrency_enabled)
    return replace(known, currency=(row.currency_iso_code or "").upper(), several_currencies=several)


def vendor(raw: Any) -> Vendor:
    row = read(shapes.Vendor, raw, "Vendor")
    texts = {
        "phone": row.business_phone,
        "street": row.address,
        "city": row.city,
        "state_province": row.state_code,
        "postal_code": row.zip,
    }
    return Vendor(
        source_id=str(row.id),
        name=row.name,
        emails=(row.email_address,) if row.email_address else (),
        active=row.is_active,
        country=row.country_code or "",
        external_ref=row.origin_id or "",
        modified_at=row.updated_at,
        fields={name: text for name, text in texts.items() if text},
    )


def billing_period(raw: Any, project_id: str) -> BillingPeriod:
    row = read(shapes.BillingPeriod, raw, "Billing period")
    return BillingPeriod(str(row.id), project_id, row.start_date, row.end_date, row.due_date, row.status == "open")


def commitment(raw: Mapping[str, Any], project_id: str) -> StoredCommitment:
    row = read(shapes.Commitment, raw, f"Commitment {_number(raw)}")
    lines = None if row.line_items is None else tuple(map(_line, row.line_items))
    return StoredCommitment(
        target_id=str(row.id),
        project=project_id,
        version=row.updated_at.isoformat(),
        origin=row.origin_id or "",
        number=row.number or "",
        title=row.title or "",
        vendor=str(row.vendor.id) if row.vendor else "",
        status=STATUSES.get(row.status),
        status_word=row.status,
        currency=((row.currency.currency_iso_code if row.currency else None) or "").upper(),
        total=row.grand_total,
        invoiced=row.total_requisitions_amount or ZERO,
        paid=row.total_payments or ZERO,
        modified_at=row.updated_at,
        bills_own_schedule=row.own_schedule is not None,
        removed=row.deleted_at is not None,
        lines=lines,
    )


def commitment_line(raw: Any) -> StoredCommitmentLine:
    return _line(read(shapes.CommitmentLine, raw, "Line of a commitment"))


def requisition(raw: Any, project_id: str) -> StoredRequisition:
    """A subcontractor's invoice. What it claims counts materials that are stored as well as work."""
    row = read(shapes.Requisition, raw, "Invoice of a commitment")
    items = None if row.items is None else tuple(_item(item) for item in row.items if item.line_item_id is not None)
    return StoredRequisition(
        target_id=str(row.id),
        project=project_id,
        commitment=str(row.commitment_id),
        reference=row.origin_data or "",
        sequence=row.number,
        previous=str(row.previous_requisition_id or ""),
        number=row.invoice_number or "",
        period=str(row.period_id or ""),
        date=row.billing_date,
        payment_date=row.payment_date,
        status=REQUISITION_STATUSES.get(row.status),
        status_word=row.status,
        total=row.total_claimed_amount,
        retained=(row.summary.total_retainage if row.summary else None) or ZERO,
        due=row.payment_summary.invoiced_amount_due if row.payment_summary else None,
        locked=bool(row.origin_id),
        items=items,
    )


def _item(row: shapes.RequisitionItem) -> StoredRequisitionItem:
    return StoredRequisitionItem(str(row.line_item_id), row.completed + row.stored, str(row.id or ""), row.stored)


def payment(raw: Any, project_id: str, commitment_id: str) -> StoredContractPayment:
    row = read(shapes.ContractPayment, raw, "Payment of a commitment")
    return StoredContractPayment(
        target_id=str(row.id),
        project=project_id,
        commitment=commitment_id,
        requisition=str(row.requisition_id or ""),
        reference=row.origin_data or "",
        amount=row.amount,
        date=row.date,
        number=row.invoice_number or "",
        locked=bool(row.origin_id),
    )


def direct_cost(raw: Any, project_id: str) -> StoredDirectCost:
    row = read(shapes.DirectCost, raw, "Direct cost")
    named = row.vendor.id if isinstance(row.vendor, shapes.Reference) else row.vendor_id
    return StoredDirectCost(
        target_id=str(row.id),
        project=project_id,
        reference=row.origin_data or "",
        vendor=str(named or ""),
        number=row.invoice_number or "",
        date=row.direct_cost_date,
        status_word=row.status,
        total=row.grand_total,
        payment_date=row.payment_date,
        locked=bool(row.origin_id),
    )


def budget_line(raw: Any, code: str, line_id: str) -> BudgetLine:
    row = read(shapes.BudgetLine, raw, "Budget line")
    return BudgetLine(
        code=code,
        line_id=line_id,
        currency=((row.currency.currency_iso_code if row.currency else None) or "").upper(),
        original=row.original_budget_amount,
        approved_changes=row.approved_budget_changes,
        revised=row.revised_budget,
        pending_changes=row.pending_budget_changes,
        committed=row.committed_costs,
        direct=row.direct_costs,
        pending_costs=row.pending_cost_changes,
    )


def _line(row: shapes.CommitmentLine) -> StoredCommitmentLine:
    code = str(row.wbs_code.id) if row.wbs_code else ""
    return StoredCommitmentLine(str(row.id), row.origin_id or "", code, row.description or "", row.amount)


def _number(raw: Any) -> str:
    written = raw.get("number") if isinstance(raw, Mapping) else None
    return written[:60] if isinstance(written, str) else "without a number"
