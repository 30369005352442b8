"""What each table looks like in a file: columns in reading order, and what makes a row the same row."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from import_export import resources
from import_export.instance_loaders import ModelInstanceLoader

from mappings import offered
from mappings.models import (
    AccountRow,
    CostTreatment,
    Dimension,
    ExtraCostRow,
    Kind,
    LinkState,
    MappingRow,
    RequiredDimension,
    Scope,
    TaxRow,
    TrackingRow,
    Treatment,
    VendorLink,
)
from mappings.models.tracking import NAMED_DIMENSIONS, category_of
from mappings.spreadsheets import columns
from mappings.spreadsheets.columns import (
    ChoiceColumn,
    Column,
    EntryColumn,
    OptionColumn,
    PercentColumn,
    ScopeColumn,
    ShownColumn,
    SourceColumn,
    YesColumn,
)


class TableResource(resources.Resource):  # type: ignore[misc]  # import-export ships no types
    """A table for the scopes that one person may see. A row of the file adds a row or changes the one of its key."""

    identity: ClassVar[tuple[str, ...]] = ()

    def __init__(self, scopes: Iterable[Scope], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._known = columns.Known(scopes)
        for field in self.fields.values():
            field.known = self._known
        self._seen: dict[tuple[Any, ...], int] = {}
        self._before: dict[str, str] = {}
        self._content: tuple[Any, ...] = ()

    @classmethod
    def titles(cls) -> list[str]:
        return [column.column_name for column in cls.fields.values()]

    @classmethod
    def required_titles(cls) -> list[str]:
        return [column.column_name for column in cls.fields.values() if column.required]

    @classmethod
    def title_of(cls, attribute: str) -> str:
        """The column in which a person sees this field."""
        column = next((each for each in cls.fields.values() if each.attribute == attribute), None)
        return column.column_name if column else ""

    def init_instance(self, row: Mapping[str, Any] | None = None) -> MappingRow:
        instance: MappingRow = self._meta.model()
        return instance

    def get_queryset(self) -> Any:
        return self._meta.model.objects.filter(scope__in=self._known.scopes.values())

    def get_instance(self, instance_loader: Any, row: Mapping[str, Any]) -> MappingRow | None:
        """The row of the same key; the cells that make up the key are all checked before any is used."""
        found: dict[str, Any] = {}
        problems: dict[str, str] = {}
        for name in self.identity:
            column = self.fields[name]
            try:
                found[column.attribute] = column.clean(row)
            except ValueError as problem:
                problems[column.column_name] = str(problem)
        if problems:
            raise ValidationError(problems)
        blank: MappingRow = self._meta.model(**found)
        blank.tidy()
        wanted = {name: getattr(blank, name) for name in self.key_attributes()}
        return self.get_queryset().select_related("scope").filter(**wanted).first()  # type: ignore[no-any-return]

    @classmethod
    def key_attributes(cls) -> list[str]:
        return [cls.fields[name].attribute for name in cls.identity]

    def after_init_instance(self, instance: MappingRow, new: bool, row: Mapping[str, Any], **kwargs: Any) -> None:
        self._before = {} if new else dict(instance.described())
        self._content = () if new else self._content_of(instance)

    def import_instance(self, instance: MappingRow, row: Mapping[str, Any], **kwargs: Any) -> None:
        problems: dict[str, str] = {}
        for column in self.get_import_fields():
            if column.readonly or (column.column_name not in row and column.attribute not in self.identity):
                continue  # a column that the file leaves out keeps what the row has
            try:
                setattr(instance, column.attribute, column.clean(row))
            except ValueError as problem:
                problems[column.column_name] = str(problem)
        if problems:
            raise ValidationError(problems)
        instance.tidy()
        self._refuse_a_repetition(instance, kwargs["row_number"])

    def validate_instance(self, instance: MappingRow, import_validation_errors: Any = None, **_: Any) -> None:
        """What the cells say wrong; the row's own rules speak when it is saved."""
        if import_validation_errors:
            raise ValidationError(import_validation_errors)

    def skip_row(self, instance: MappingRow, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        return not import_validation_errors and bool(self._content) and self._content == self._content_of(instance)

    def after_import_row(self, row: Mapping[str, Any], row_result: Any, **kwargs: Any) -> None:
        row_result.before = self._before
        row_result.after = dict(row_result.instance.described()) if row_result.instance else {}

    def _refuse_a_repetition(self, instance: MappingRow, number: int) -> None:
        key = tuple(getattr(instance, name) for name in self.key_attributes())
        earlier = self._seen.setdefault(key, number)
        if earlier != number:
            raise ValidationError(f"This is the same key as in row {earlier + 1}.")

    def _content_of(self, instance: MappingRow) -> tuple[Any, ...]:
        return tuple(getattr(instance, name) for name in instance.content)

    class Meta:
        instance_loader_class = ModelInstanceLoader
        use_transactions = True
        skip_unchanged = True
        report_skipped = True
        skip_diff = True
        store_instance = True


class AccountResource(TableResource):
    identity = ("scope", "source_code", "department", "location", "item_category")

    scope = ScopeColumn()
    source_code = Column("source_code", "account code", required=True)
    department = SourceColumn("department", "department", Kind.DEPARTMENT)
    location = SourceColumn("location", "location", Kind.LOCATION)
    item_category = SourceColumn("item_category", "item category", Kind.ITEM_CATEGORY)
    target = EntryColumn("target", "target account", offered.ACCOUNT, beside="target account name")
    target_name = ShownColumn("target account name", lambda row: row.target.name if row.target else "")
    mark = ChoiceColumn("mark", "special treatment", Treatment.values)
    class_difference_confirmed = YesColumn("class_difference_confirmed", "different class confirmed")

    class Meta(TableResource.Meta):
        model = AccountRow
        import_id_fields = ("source_code",)


class TrackingValueColumn(Column):
    """The source value of whichever dimension the row is about."""

    def read(self, text: str, row: Mapping[str, Any]) -> str:
        dimension = DIMENSION.clean(row)
        kind = NAMED_DIMENSIONS.get(Dimension(dimension)) if dimension else None
        if kind is None:
            return text
        return self.all_known.lists(self.scope_of(row).source_books, kind).named(text).key

    def write(self, instance: MappingRow) -> str:
        return instance.source_name() if isinstance(instance, TrackingRow) else ""


DIMENSION = ChoiceColumn("dimension", "dimension", Dimension.values, required=True)


class TrackingResource(TableResource):
    identity = ("scope", "dimension", "source_key")

    scope = ScopeColumn()
    dimension = DIMENSION
    source_key = TrackingValueColumn("source_key", "source value", required=True)
    category = ShownColumn("tracking category", lambda row: str(category_of(row.target) or ""))
    target = OptionColumn(
        "target", "tracking option", offered.TRACKING_OPTION, beside="tracking category", by="name", required=True
    )

    class Meta(TableResource.Meta):
        model = TrackingRow
        import_id_fields = ("source_key",)


class RequiredDimensionResource(TableResource):
    identity = ("scope", "category")

    scope = ScopeColumn()
    category = EntryColumn("category", "tracking category", offered.TRACKING_CATEGORY, by="name", required=True)
    dimension = ChoiceColumn("dimension", "filled from", Dimension.values)

    class Meta(TableResource.Meta):
        model = RequiredDimension
        import_id_fields = ("category",)


class TaxResource(TableResource):
    identity = ("scope", "taxes", "currency", "vendor_country")

    scope = ScopeColumn()
    taxes = Column("taxes", "taxes on the line", required=True)
    currency = Column("currency", "currency")
    vendor_country = Column("vendor_country", "vendor country")
    target = EntryColumn("target", "target tax code", offered.TAX_RATE, beside="target tax name", required=True)
    target_name = ShownColumn("target tax name", lambda row: row.target.name)
    recoverable = PercentColumn("recoverable", "recoverable % of net")
    reverse_charge = YesColumn("reverse_charge", "reverse charge")

    class Meta(TableResource.Meta):
        model = TaxRow
        import_id_fields = ("taxes",)


class ExtraCostResource(TableResource):
    identity = ("scope", "name")

    scope = ScopeColumn()
    name = Column("name", "cost", required=True)
    treatment = ChoiceColumn("treatment", "treatment", CostTreatment.values, required=True)
    account = EntryColumn("account", "account", offered.ACCOUNT, beside="account name")
    account_name = ShownColumn("account name", lambda row: row.account.name if row.account else "")
    tax = EntryColumn("tax", "tax code", offered.TAX_RATE)

    @classmethod
    def key_attributes(cls) -> list[str]:
        return ["scope", "name_key"]

    class Meta(TableResource.Meta):
        model = ExtraCostRow
        import_id_fields = ("name",)


class VendorLinkResource(TableResource):
    identity = ("scope", "source_key", "currency")

    scope = ScopeColumn()
    source_key = SourceColumn("source_key", "vendor", Kind.VENDOR, beside="vendor number", required=True)
    number = ShownColumn("vendor number", lambda row: row.source_key)
    currency = Column("currency", "currency")
    target = EntryColumn("target", "contact", offered.CONTACT, by="name", required=True)
    state = ChoiceColumn("state", "state", LinkState.values, required=True)
    evidence = Column("evidence", "evidence")

    def before_save_instance(self, instance: VendorLink, row: Mapping[str, Any], **kwargs: Any) -> None:
        instance.evidence = instance.evidence or "chosen by a person, imported from a file"

    class Meta(TableResource.Meta):
        model = VendorLink
        import_id_fields = ("source_key",)
