"""Procore's JSON as far as it is read. Ids of v1.x are numbers of 64 bits, those of v2.0 the same as texts."""

from decimal import Decimal
from typing import Any

from pydantic import Field

from integrations.systems.reading import Amount, Code, Day, Flag, Id, Model, Moment, Whole, Words


class CompanyRow(Model):
    id: Id
    name: Words


class Project(Model):
    id: Id
    name: Words
    project_number: Code | None = None
    active: Flag = True
    origin_id: Code | None = None


class Currency(Model):
    currency_iso_code: Code | None = None
    multicurrency_enabled: Flag | None = None


class Vendor(Model):
    id: Id
    name: Words
    address: Words | None = None
    city: Words | None = None
    zip: Words | None = None
    state_code: Code | None = None
    country_code: Code | None = None
    business_phone: Words | None = None
    email_address: Words | None = None
    is_active: Flag = True
    origin_id: Code | None = None
    updated_at: Moment | None = None


class CostCode(Model):
    id: Id
    name: Words | None = None
    full_code: Code


class CostType(Model):
    id: Id
    name: Words
    code: Code | None = None
    base_type: Code | None = None


class WbsCode(Model):
    id: Id
    flat_code: Code
    flat_name: Words | None = None
    description: Words | None = None
    status: Code = "active"


class Unit(Model):
    id: Id
    name: Words


class TaxCode(Model):
    id: Id
    code: Code
    rate1: Amount | None = None
    archived: Flag | None = None


class NamedWbsCode(Model):
    """As budget lines of v2.0 name their code: its id is a text."""

    id: Code
    flat_code: Code


class BudgetLineRow(Model):
    """A row of v2.0, which has none of the computed figures."""

    id: Code
    wbs_code: NamedWbsCode


class NamedDetailCode(Model):
    flat_code: Code


class BillingPeriod(Model):
    id: Id
    start_date: Day
    end_date: Day
    due_date: Day | None = None
    status: Code


class Reference(Model):
    id: Id


class CommitmentLine(Model):
    id: Id
    amount: Amount
    description: Words | None = None
    wbs_code: Reference | None = None
    origin_id: Code | None = None


class Commitment(Model):
    id: Id
    number: Code | None = None
    title: Words | None = None
    status: Code
    vendor: Reference | None = None
    grand_total: Amount
    total_requisitions_amount: Amount | None = None
    total_payments: Amount | None = None
    currency: Currency | None = Field(default=None, alias="currency_configuration")
    own_schedule: Code | None = Field(default=None, alias="billing_schedule_of_values_status")
    origin_id: Code | None = None
    updated_at: Moment
    deleted_at: Moment | None = None
    line_items: list[CommitmentLine] | None = None


class RequisitionItem(Model):
    id: Id | None = None
    line_item_id: Id | None = None
    completed: Amount = Field(default=Decimal(0), alias="work_completed_this_period")
    stored: Amount = Field(default=Decimal(0), alias="materials_presently_stored")


class RequisitionSummary(Model):
    total_retainage: Amount | None = None


class PaymentSummary(Model):
    invoiced_amount_due: Amount | None = None


class Requisition(Model):
    id: Id
    commitment_id: Id
    number: Whole
    invoice_number: Code | None = None
    status: Code
    period_id: Id | None = None
    billing_date: Day | None = None
    payment_date: Day | None = None
    previous_requisition_id: Id | None = None
    total_claimed_amount: Amount
    summary: RequisitionSummary | None = None
    payment_summary: PaymentSummary | None = None
    origin_id: Code | None = None
    origin_data: Words | None = None
    items: list[RequisitionItem] | None = None


class ContractPayment(Model):
    id: Id
    amount: Amount
    date: Day | None = None
    invoice_number: Code | None = None
    requisition_id: Id | None = None
    origin_id: Code | None = None
    origin_data: Words | None = None


class DirectCost(Model):
    """A list names the vendor by `vendor_id` and a text, the answer to a write by an object (August 2026)."""

    id: Id
    vendor_id: Id | None = None
    vendor: Reference | Words | None = None
    invoice_number: Code | None = None
    direct_cost_date: Day | None = None
    payment_date: Day | None = None
    status: Code
    grand_total: Amount
    origin_id: Code | None = None
    origin_data: Words | None = None


class BudgetLine(Model):
    """Version 1.0, the only one with the computed figures; all of them are JSON numbers."""

    original_budget_amount: Amount
    approved_budget_changes: Amount
    revised_budget: Amount
    pending_budget_changes: Amount
    committed_costs: Amount
    direct_costs: Amount
    pending_cost_changes: Amount
    currency: Currency | None = Field(default=None, alias="currency_configuration")


class BudgetView(Model):
    id: Id


class DetailRow(Model):
    """A row of a budget view; `id` is its budget line, missing where the code has none."""

    id: Id | None = None
    wbs_code: NamedDetailCode | None = None


class Synced(Model):
    """What a synchronisation answers, always with 200; refused rows are echoed with their `errors`."""

    entities: list[dict[str, Any]]
    errors: list[dict[str, Any]]
