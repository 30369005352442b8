"""What is read of Procurify's bills. Developer documentation, tag ap (October 2026): the list is v3, the detail v2."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from integrations.systems.procurify.shapes import (
    BudgetAccount,
    Currency,
    LineTax,
    OrderVendor,
    Person,
    _only_objects,
)
from integrations.systems.reading import Amount, Code, Day, Flag, Id, Model, Moment, Whole, Words


class BillHeader(Model):
    """A row of the list, and the head of a detail."""

    id: Id
    uuid: Annotated[Code, Field(min_length=1)]
    version: Whole = 1
    group: Id | None = None
    status: Literal[0, 1, 2, 3, 4, 5, 6, 7, 8]
    type: Literal[0, 1, 2] = 0
    invoice_number: Code | None = None
    invoice_date: Day | None = None
    due_date: Day | None = None
    gl_post_date: Day | None = None
    last_modified: Moment = Field(alias="last_modified_datetime")
    vendor: OrderVendor
    currency: Currency
    total_with_tax: Amount = Field(alias="total_cost_with_tax")
    invoice_total: Amount | None = None


class Part(Model):
    amount: Amount
    budget: BudgetAccount | None = None


class NamedOrder(Model):
    id: Id
    number: Code | None = None


class OrderItem(Model):
    id: Id
    taxes: list[LineTax] | None = None


class Item(Model):
    id: Id
    description: Words = ""
    sku: Code | None = None
    unit: Words | None = None
    quantity: Amount | None = None
    unit_cost: Amount | None = None
    by_cost: Flag = Field(False, alias="bill_by_cost")
    total_cost: Amount
    tax_name: Words | None = None
    tax_percentage: Amount | None = None
    tax_amount: Amount | None = None
    tax_is_inclusive: Flag = False
    total_with_tax: Amount | None = Field(None, alias="total_cost_with_tax")
    shipping_amount: Amount | None = None
    po: NamedOrder | None = None
    order_item: Annotated[OrderItem | None, BeforeValidator(_only_objects)] = Field(None, alias="orderitem")
    currency: Annotated[Currency | None, BeforeValidator(_only_objects)] = None
    parts: list[Part] = Field(default_factory=list, alias="cost_allocations")


class Cost(Model):
    name: Words
    amount: Amount
    part: Part | None = Field(None, alias="cost_allocation")


class Step(Model):
    status: Whole
    date: Day
    user: Annotated[Person | None, BeforeValidator(_only_objects)] = None


class Payment(Model):
    id: Id
    status: Whole = 0
    amount: Amount = Decimal(0)
    payment_date: Day | None = None
    reference_number: Code | None = None


class BillPayment(Model):
    amount: Amount
    payment: Payment | None = None


class BillDetail(BillHeader):
    items: list[Item] = Field(max_length=5000)
    costs: list[Cost] | None = None
    steps: list[Step] | None = Field(None, alias="bill_statuses")
    orders: list[NamedOrder] | None = Field(None, alias="added_purchase_orders")
    bill_payment: BillPayment | None = None
    payment_terms: Words | None = None
    creator: Annotated[Person | None, BeforeValidator(_only_objects)] = None
    card: Id | None = Field(None, alias="creditcard")
    card_name: Words | None = Field(None, alias="creditcard_name")
    active: Flag = True
