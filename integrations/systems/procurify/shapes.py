"""What is read of Procurify's JSON. Developer documentation, tags purchase-orders, vendors, ap (October 2026).

The same name differs between lists and details (numbers as text, objects as ids), so each shape says where it
comes from. Fields that are not named are left alone.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from integrations.systems.reading import Amount, Code, CurrencyCode, Day, Flag, Id, Model, Moment, Whole, Words


def _only_objects(value: Any) -> Any:
    """Lists of order items give plain ids where details give objects; an id alone tells us nothing here."""
    return value if isinstance(value, dict) else None


class Branch(Model):
    id: Id | None = None
    name: Words = ""


class Department(Model):
    id: Id | None = None
    name: Words = ""
    branch: Branch | None = None
    active: Flag = True


class AccountCode(Model):
    id: Id | None = None
    code: Code
    description: Words | None = None
    account_type: Whole | None = None
    active: Flag = True


class BudgetAccount(Model):
    """One account code in one department; not a ledger account of its own."""

    account_code: AccountCode | None = None
    department: Department | None = None


class Part(Model):
    amount: Amount
    account: BudgetAccount | None = None


class Currency(Model):
    id: Id | None = None
    name: CurrencyCode
    rate: Amount | None = None
    base: Flag = False
    active: Flag = True


class VendorShape(Model):
    id: Id
    name: Words
    active: Flag = True
    type: Whole = 4
    email: list[Words] | None = None
    country: Words | None = None
    external_id: Code | None = None
    currency: Id | None = None
    date_modified: Moment | None = Field(None, alias="dateModified")
    contact: Words | None = None
    phone: Words | None = Field(None, alias="phoneOne")
    street: Words | None = Field(None, alias="addressLineOne")
    street_two: Words | None = Field(None, alias="addressLineTwo")
    city: Words | None = None
    state_province: Words | None = None
    postal_code: Words | None = Field(None, alias="postalCode")
    cards: list[Any] | None = Field(None, alias="creditcards")


class OrderVendor(Model):
    """The vendor as an order repeats it: only what an order needs, so that a bad phone number holds nothing."""

    id: Id
    name: Words
    active: Flag = True
    type: Whole = 4
    country: Words | None = None


class Person(Model):
    first_name: Words | None = Field(None, alias="firstName")
    last_name: Words | None = Field(None, alias="lastName")
    email: Words | None = None

    @property
    def full_name(self) -> str:
        return f"{self.first_name or ''} {self.last_name or ''}".strip() or self.email or ""


class CardShape(Model):
    """A company card: `creditcard` of an order's detail, and the rows of `creditcards` of its provider (2026-10).

    An order's card shows its provider, the provider's own rows only repeat its id.
    """

    id: Id | None = None
    name: Words | None = None
    number: Code | None = None
    provider: Annotated[OrderVendor | None, BeforeValidator(_only_objects)] = Field(None, alias="vendor")

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.name, self.number) if part)


class OrderHeader(Model):
    """A row of the list purchase_orders/{role}/{status}, and the head of purchase_orders/{id}."""

    id: Id = Field(alias="procurify_PO")
    number: Annotated[Code, Field(min_length=1)]
    version: Whole = 1
    state: Literal[0, 1, 2, 3, 4, 5] | None = None
    active: Flag = True
    date: Day
    last_modified: Moment
    vendor: OrderVendor | None = Field(None, alias="pref_vendor")
    vendor_name: Words | None = None
    currency: Currency = Field(alias="purchased_currency")
    total: Amount
    has_blanket_order_items: Flag | None = None


class LineTax(Model):
    type: Literal["percent", "amount", "0", "1", 0, 1]
    value: Amount
    name: Words | None = None


class ApprovalStep(Model):
    user: Person | None = None
    moment: Moment | None = Field(None, alias="dateTime")


class OrderLine(Model):
    id: Id
    name: Words
    sku: Code | None = None
    unit: Words | None = None
    quantity: Amount
    price: Amount
    total_cost: Amount
    tax_amount: Amount | None = None
    shipping_amount: Amount | None = None
    taxes: list[LineTax] | None = None
    currency: Annotated[Currency | None, BeforeValidator(_only_objects)] = None
    account: BudgetAccount | None = None
    account_code_copy: Code | None = Field(None, alias="accountCode")
    spend_allocation: list[Part] | None = None
    received: Amount | None = Field(None, alias="receivedPassQty")
    type: Literal[0, 1, 2] | None = 0
    approved: Day | None = Field(None, alias="approved_datetime")
    approval_history: list[ApprovalStep] | None = None
    requester: Annotated[Person | None, BeforeValidator(_only_objects)] = None
    vendor_text: Words | None = Field(None, alias="vendor")


class HeaderFigure(Model):
    value: Amount = Decimal(0)
    type: Literal["amount", "percentage", "percent"] = "amount"


class OrderDetail(OrderHeader):
    lines: list[OrderLine] = Field(alias="order_items", max_length=5000)
    subtotal: Amount
    freight: Amount | None = None
    other: Amount | None = None
    tax: HeaderFigure | None = None
    discount: HeaderFigure | None = None
    purchaser: Annotated[Person | None, BeforeValidator(_only_objects)] = None
    card: CardShape | None = Field(None, alias="creditcard")


class Pagination(Model):
    count: Whole = 0
    num_pages: Whole
    current_page: Whole
    next: Any = None


class Metadata(Model):
    pagination: Pagination | None = None


class Listed(Model):
    rows: list[Any] = Field(alias="data")
    metadata: Metadata | None = None
    pagination: Pagination | None = None


class AccountCodeRow(AccountCode):
    id: Id
    account_type: Whole | None = None


class DepartmentRow(Model):
    id: Id
    name: Words
    active: Flag = True
    branch: Branch | None = None


class LocationRow(Model):
    id: Id
    name: Words
    active: Flag = True


class CurrencyRow(Currency):
    id: Id


class Access(Model):
    flattened: list[Any] = Field(default_factory=list)


class Me(Person):
    id: Id
    is_active: Flag = True
    access: Access | None = Field(None, alias="systemaccess_cache")
