"""The pages of the five lookup tables and of the required dimensions."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.http import HttpRequest
from unfold.decorators import display

from mappings.admin.base import TableAdmin
from mappings.admin.forms import AccountForm, RowForm, TrackingForm
from mappings.admin.importing import ExchangeMixin
from mappings.models import (
    AccountRow,
    ExtraCostRow,
    ReferenceEntry,
    RequiredDimension,
    TaxRow,
    TrackingRow,
)
from mappings.models.row import name_of
from mappings.models.tracking import KIND_OF_DIMENSION
from mappings.spreadsheets.resources import (
    AccountResource,
    ExtraCostResource,
    RequiredDimensionResource,
    TaxResource,
    TrackingResource,
)


@admin.register(AccountRow)
class AccountRowAdmin(ExchangeMixin, TableAdmin):
    form = AccountForm
    resource = AccountResource
    list_display = ("source_code", "department_name", "location_name", "category", "leads_to", "state", "scope")
    search_fields = ("^source_code", "^target__code", "target__folded")
    search_help_text = "Account code, or code or name of the target account"
    ordering = ("source_code", "department", "location", "item_category")
    fields: ClassVar[tuple[str, ...]] = (
        "source_code", "department", "location", "item_category", "target", "mark", "class_difference_confirmed",
    )  # fmt: skip
    view_fields = ("code", "department_name", "location_name", "category", "leads_to", "treatment")
    key_fields = ("source_code", "department", "location", "item_category")

    @display(description="account code")  # type: ignore[untyped-decorator]
    def code(self, row: AccountRow) -> str:
        return row.source_code

    @display(description="item category", ordering="item_category")  # type: ignore[untyped-decorator]
    def category(self, row: AccountRow) -> str:
        return row.label_of("item_category") or "any"

    @display(description="special treatment")  # type: ignore[untyped-decorator]
    def treatment(self, row: AccountRow) -> str:
        return row.get_mark_display() if row.mark else "none"

    @display(description="department", ordering="department")  # type: ignore[untyped-decorator]
    def department_name(self, row: AccountRow) -> str:
        return row.label_of("department") or "any"

    @display(description="location", ordering="location")  # type: ignore[untyped-decorator]
    def location_name(self, row: AccountRow) -> str:
        return row.label_of("location") or "any"

    @display(description="target account", ordering="target__code")  # type: ignore[untyped-decorator]
    def leads_to(self, row: AccountRow) -> str:
        return str(row.target) if row.target else row.mark


@admin.register(TrackingRow)
class TrackingRowAdmin(ExchangeMixin, TableAdmin):
    form = TrackingForm
    resource = TrackingResource
    list_display = ("value", "dimension", "target", "category", "state", "scope")
    list_display_links = ("value",)
    search_fields = ("target__folded",)
    search_help_text = "Name of the tracking option"
    ordering = ("dimension", "source_key")
    fields: ClassVar[tuple[str, ...]] = ("dimension", "department", "location", "item_category", "target")
    view_fields = ("dimension_name", "value", "option", "category")
    key_fields = ("dimension", "source_key")
    conditional_fields: ClassVar[dict[str, str]] = {
        "department": "dimension == 'department'",
        "location": "dimension == 'location'",
        "item_category": "dimension == 'item category'",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        categories = ReferenceEntry.objects.filter(
            books=OuterRef("target__books"),
            kind="tracking_category",
            key=KeyTextTransform("category", OuterRef("target__attributes")),
        )
        rows: QuerySet[Any] = super().get_queryset(request)
        labelled: QuerySet[Any] = rows.annotate(
            source_label=name_of("source_key", KIND_OF_DIMENSION), category_name=Subquery(categories.values("name")[:1])
        )
        return labelled

    @display(description="source value", ordering="source_key")  # type: ignore[untyped-decorator]
    def value(self, row: TrackingRow) -> str:
        return row.source_name()

    @display(description="dimension")  # type: ignore[untyped-decorator]
    def dimension_name(self, row: TrackingRow) -> str:
        return row.dimension

    @display(description="tracking option")  # type: ignore[untyped-decorator]
    def option(self, row: TrackingRow) -> str:
        return str(row.target)

    @display(description="category")  # type: ignore[untyped-decorator]
    def category(self, row: TrackingRow) -> str:
        return getattr(row, "category_name", "") or ""


@admin.register(RequiredDimension)
class RequiredDimensionAdmin(ExchangeMixin, TableAdmin):
    form = RowForm
    resource = RequiredDimensionResource
    list_display = ("category", "filled_from", "state", "scope")
    list_select_related = ("scope", "category")
    fields: ClassVar[tuple[str, ...]] = ("category", "dimension")
    view_fields = ("category_name", "filled_from")

    @display(description="tracking category")  # type: ignore[untyped-decorator]
    def category_name(self, row: RequiredDimension) -> str:
        return str(row.category)

    @display(description="filled from", ordering="dimension")  # type: ignore[untyped-decorator]
    def filled_from(self, row: RequiredDimension) -> str:
        return row.dimension or "whichever dimension fills it"


@admin.register(TaxRow)
class TaxRowAdmin(ExchangeMixin, TableAdmin):
    resource = TaxResource
    list_display = ("taxes", "currency", "vendor_country", "target", "claimed", "reverse_charge", "state", "scope")
    search_fields = ("taxes", "^target__code", "target__folded")
    search_help_text = "Tax, or code or name of the target tax code"
    ordering = ("taxes", "vendor_country", "currency")
    fields: ClassVar[tuple[str, ...]] = (
        "taxes", "currency", "vendor_country", "target", "recoverable", "reverse_charge",
    )  # fmt: skip
    view_fields = ("set_of_taxes", "narrowed_by", "tax_code", "claimed", "charge")
    key_fields = ("taxes", "currency", "vendor_country")

    @display(description="recoverable", ordering="recoverable")  # type: ignore[untyped-decorator]
    def claimed(self, row: TaxRow) -> str:
        recoverable = row.recoverable
        return f"{recoverable.normalize():f} %" if recoverable else "nothing"

    @display(description="taxes on the line")  # type: ignore[untyped-decorator]
    def set_of_taxes(self, row: TaxRow) -> str:
        return row.taxes

    @display(description="only for")  # type: ignore[untyped-decorator]
    def narrowed_by(self, row: TaxRow) -> str:
        return " ".join(part for part in (row.currency, row.vendor_country) if part) or "any currency and country"

    @display(description="target tax code")  # type: ignore[untyped-decorator]
    def tax_code(self, row: TaxRow) -> str:
        return str(row.target)

    @display(description="reverse charge", boolean=True)  # type: ignore[untyped-decorator]
    def charge(self, row: TaxRow) -> bool:
        return row.reverse_charge


@admin.register(ExtraCostRow)
class ExtraCostRowAdmin(ExchangeMixin, TableAdmin):
    resource = ExtraCostResource
    list_display = ("name", "treatment", "account", "tax", "state", "scope")
    list_select_related = ("scope", "account", "tax")
    search_fields = ("name_key", "^account__code")
    search_help_text = "Name of the cost, or code of its account"
    ordering = ("name_key",)
    fields: ClassVar[tuple[str, ...]] = ("name", "treatment", "account", "tax")
    view_fields = ("cost", "becomes", "booked_on", "tax_code")
    key_fields = ("name",)
    suggested_field = "account"

    @display(description="cost")  # type: ignore[untyped-decorator]
    def cost(self, row: ExtraCostRow) -> str:
        return row.name

    @display(description="becomes")  # type: ignore[untyped-decorator]
    def becomes(self, row: ExtraCostRow) -> str:
        return row.get_treatment_display()

    @display(description="account")  # type: ignore[untyped-decorator]
    def booked_on(self, row: ExtraCostRow) -> str:
        return str(row.account or "")

    @display(description="tax code")  # type: ignore[untyped-decorator]
    def tax_code(self, row: ExtraCostRow) -> str:
        return str(row.tax or "no tax")
