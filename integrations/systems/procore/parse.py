"""Procore's JSON, fresh or stored, to documents of ours."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from integrations.documents import Vendor
from integrations.project_documents import (
    BillingPeriod,
    CommitmentStatus,
    ProjectFacts,
    StoredCommitment,
    StoredCommitmentLine,
)
from integrations.systems.exact_json import loads
from integrations.systems.procore import shapes
from integrations.systems.reading import read

__all__ = ["billing_period", "commitment", "commitment_line", "loads", "project", "vendor"]

# Purchase orders' statuses are Title Case with blanks; others' are written otherwise (August 2026).
STATUS_WORDS = {status: str(status).title() for status in CommitmentStatus}
STATUSES = {word: status for status, word in STATUS_WORDS.items()}
ZERO = Decimal(0)


def project(raw: Any, currency: Any = None) -> ProjectFacts:
    """`currency` is the project's currency configuration, where it was asked for."""
    row = read(shapes.Project, raw, "Project")
    money = read(shapes.Currency, currency or {}, "Currency of a project")
    return ProjectFacts(
        str(row.id),
        (row.project_number or "").strip(),
        row.name,
        row.active,
        (money.currency_iso_code or "").upper(),
        bool(money.multicurrency_enabled),
        row.origin_id or "",
    )


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


def _line(row: shapes.CommitmentLine) -> StoredCommitmentLine:
    code = str(row.wbs_code.id) if row.wbs_code else ""
    return StoredCommitmentLine(str(row.id), row.origin_id or "", code, row.description or "", row.amount)


def _number(raw: Any) -> str:
    written = raw.get("number") if isinstance(raw, Mapping) else None
    return written[:60] if isinstance(written, str) else "without a number"
