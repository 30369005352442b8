"""The rows of the lookup tables."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import OuterRef, Subquery

from mappings import offered, visibility
from mappings.models.books import ReferenceEntry
from mappings.models.recorded import Recorded, RecordedQuerySet
from mappings.models.scope import Scope

if TYPE_CHECKING:
    from mappings.visibility import Person

MappingType = TypeVar("MappingType", bound="MappingRow")


class Mark(models.TextChoices):
    """Why a row no longer works, found when the reference lists were read."""

    INACTIVE = "inactive", "archived or gone"
    UNSUITABLE = "unsuitable", "no longer suitable"
    RATE_CHANGED = "rate-changed", "its rate changed"


class MappingQuerySet(RecordedQuerySet[MappingType]):
    def visible_to(self, user: "Person") -> "MappingQuerySet[MappingType]":
        scopes = visibility.limit(user)
        return self if scopes is None else self.filter(scope__in=scopes)

    def mark(self, pks: Iterable[int], mark: str) -> int:
        """Set or clear the mark without a new version: nobody decided anything. The caller tells the trail."""
        return models.QuerySet.update(self.filter(pk__in=list(pks)), marked=mark)

    def with_names(self) -> "MappingQuerySet[MappingType]":
        """The names of source keys as `<field>_label`, so that a list shows no id and needs no query per row."""
        labels = {f"{field}_label": name_of(field, kind) for field, kind in self.model.source_fields.items()}
        return self.annotate(**labels) if labels else self


class MappingRow(Recorded):
    """One row of a lookup table. `version` grows with every change and is what a posting remembers (E9)."""

    table: ClassVar[str]
    source_fields: ClassVar[dict[str, str]] = {}  # fields that hold a key of the source's lists, by kind of list
    target_uses: ClassVar[dict[str, str]] = {"target": offered.ACCOUNT}

    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="%(class)ss", verbose_name="set of tables")
    version = models.PositiveIntegerField(default=1, editable=False)
    marked = models.CharField(max_length=20, blank=True, default="", choices=Mark, editable=False)

    class Meta:
        abstract = True

    def queue_up(self) -> None:
        Scope.objects.select_for_update(no_key=True).filter(pk=self.scope_id).first()

    def follow(self, stored: Recorded | None) -> None:
        self.version = stored.version + 1 if isinstance(stored, MappingRow) else 1
        self.marked = ""

    def clean(self) -> None:
        """Every chosen entry belongs to the target company, is of the right list, active and suitable (A67)."""
        if self.scope_id is None:
            return
        problems: dict[str, Any] = {}
        chosen = {field: use for field, use in self.target_uses.items() if getattr(self, f"{field}_id") is not None}
        for field, use in chosen.items():
            refusal = offered.refusal(getattr(self, field), use, self.scope.target_books_id)
            if refusal:
                problems[field] = refusal
        if problems:
            raise ValidationError(problems)
        if all(field in chosen or self._meta.get_field(field).null for field in self.target_uses):
            self.clean_content()  # else the field says that it is needed

    def clean_content(self) -> None:
        """What only this table demands; called when every chosen entry is suitable."""

    def lookup_scope(self) -> Scope:
        return self.scope

    def name_source(self, field: str, name: str) -> None:
        """Say what the key in `field` is called, for a row that comes from no list with names."""
        setattr(self, f"{field}_label", name)

    def label_of(self, field: str) -> str:
        """The name of a source key, from `with_names` where the list has it; the key itself if nobody knows a name."""
        key: str = getattr(self, field)
        if not key:
            return ""
        if not hasattr(self, f"{field}_label"):
            entry = ReferenceEntry.objects.filter(
                books=self.scope.source_books_id, kind=self.source_fields[field], key=key
            ).first()
            return (entry.name if entry else "") or key
        return getattr(self, f"{field}_label") or key


def name_of(field: str, kind: Any) -> Subquery:
    """What the source calls the key in `field`; `kind` of list may be told by another field."""
    entries = ReferenceEntry.objects.filter(books=OuterRef("scope__source_books"), kind=kind, key=OuterRef(field))
    return Subquery(entries.values("name")[:1])
