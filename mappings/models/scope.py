"""Which company's tables a document is looked up in (E7, A80)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models, transaction

from mappings import changes, keys, offered, visibility
from mappings.models.books import Books, Kind, ReferenceEntry
from mappings.models.recorded import Recorded, RecordedQuerySet
from mappings.signals import parts_changed

if TYPE_CHECKING:
    from mappings.visibility import Person


class ScopeQuerySet(RecordedQuerySet["Scope"]):
    def visible_to(self, user: "Person") -> "ScopeQuerySet":
        scopes = visibility.limit(user)
        return self if scopes is None else self.filter(pk__in=scopes.values("pk"))


class Scope(Recorded):
    """A source company, a target company, and the set of lookup tables between them.

    Without parts it covers the whole source if it is alone there, and nothing while others read from it too.
    """

    KEEP_ONE: ClassVar = "Other sets of tables read from the same company: keep at least one part here."
    content = ("source_books_id", "target_books_id", "name", "rounding_account_id")
    action_prefix = "scope"

    source_books = models.ForeignKey(
        Books, on_delete=models.PROTECT, related_name="scopes_from", verbose_name="source company"
    )
    target_books = models.ForeignKey(
        Books, on_delete=models.PROTECT, related_name="scopes_to", verbose_name="target company"
    )
    name = models.CharField(max_length=100, unique=True)
    rounding_account = models.ForeignKey(
        ReferenceEntry,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Takes a rest of at most 0.05 between lines and total. Without it such documents are held.",
    )

    objects = ScopeQuerySet.as_manager()

    class Meta:
        verbose_name = "set of tables"
        verbose_name_plural = "sets of tables"

    def __str__(self) -> str:
        return self.name

    def queue_up(self) -> None:
        _lock_source(self.source_books_id)

    def tidy(self) -> None:
        self.name = keys.plain(self.name, 100)

    def clean(self) -> None:
        problems = {}
        if self.source_books_id is not None and self.source_books_id == self.target_books_id:
            problems["target_books"] = "The source and the target are the same company."
        refusal = self._rounding_refusal()
        if refusal:
            problems["rounding_account"] = refusal
        whole = self.siblings().filter(parts=None).first() if self._state.adding else None
        if whole is not None:
            problems["source_books"] = (
                f"“{whole}” already takes everything from this company. "
                "Name the locations or departments of each set first."
            )
        if problems:
            raise ValidationError(problems)

    def siblings(self) -> "ScopeQuerySet":
        """The other scopes that read from the same company."""
        return Scope.objects.filter(source_books=self.source_books_id).exclude(pk=self.pk)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with changes.together():
            for part in self.parts.all():
                Recorded.delete(part)
            return super().delete(*args, **kwargs)

    def described(self) -> Mapping[str, str]:
        return {
            "name": self.name,
            "source": str(self.source_books),
            "target": str(self.target_books),
            "rounding account": str(self.rounding_account or ""),
        }

    def lookup_keys(self) -> tuple[keys.LookupKey, ...]:
        return (keys.rounding_key(),)

    def lookup_scope(self) -> "Scope":
        return self

    def _rounding_refusal(self) -> str:
        if self.rounding_account is None or self.target_books_id is None:
            return ""
        return offered.refusal(self.rounding_account, offered.ROUNDING, self.target_books_id)


class PartKind(models.TextChoices):
    LOCATION = Kind.LOCATION.value, "location"
    DEPARTMENT = Kind.DEPARTMENT.value, "department"


class TablesTold(models.Model):
    """How often somebody was told that look-ups in these tables may have changed (`mappings.told`)."""

    scope = models.OneToOneField(Scope, primary_key=True, on_delete=models.CASCADE, related_name="told")
    times = models.PositiveBigIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.scope}, {self.times} times"


class ScopePart(Recorded):
    """A location or department of the source that belongs to the scope's company; in one scope only (A80)."""

    content = ("scope_id", "kind", "key")
    action_prefix = "scope_part"

    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="parts")
    kind = models.CharField(max_length=20, choices=PartKind)
    key = models.CharField(max_length=60, help_text="The source's id of the location or department.")

    objects = RecordedQuerySet["ScopePart"].as_manager()

    class Meta:
        verbose_name = "part of the source"
        verbose_name_plural = "parts of the source"
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scope", "kind", "key"],
                name="one_part_per_scope",
                violation_error_message="This part is named twice.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"

    @property
    def name(self) -> str:
        entry = self._entry(self.kind, self.key)
        return str(entry) if entry else self.key

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            super().save(*args, **kwargs)
            parts_changed.send(sender=ScopePart, scope=self.scope, by=changes.actor())

    def queue_up(self) -> None:
        _lock_source(self.scope.source_books_id)

    def tidy(self) -> None:
        self.key = keys.plain(self.key)

    def clean(self) -> None:
        if self.scope_id is None and "scope" not in self._state.fields_cache:
            return
        other = next((part for part in self._taken() if self._meets(part)), None)
        if other is not None:
            raise ValidationError(f"“{other.scope}” already names {other}: no document may belong to two companies.")

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raises ValidationError for the last part beside another scope: this one would then take everything."""
        if not self.scope.parts.exclude(pk=self.pk).exists() and self.scope.siblings().exists():
            raise ValidationError(Scope.KEEP_ONE)
        with transaction.atomic():
            gone = super().delete(*args, **kwargs)
            parts_changed.send(sender=ScopePart, scope=self.scope, by=changes.actor())
        return gone

    def described(self) -> Mapping[str, str]:
        return {"part": str(self)}

    def lookup_scope(self) -> Scope:
        return self.scope

    def _taken(self) -> "models.QuerySet[ScopePart]":
        return ScopePart.objects.filter(scope__in=self.scope.siblings()).select_related("scope__source_books")

    def _meets(self, other: "ScopePart") -> bool:
        if self.kind == other.kind:
            return self.key == other.key
        locations = self._location(), other._location()
        return "" in locations or locations[0] == locations[1]

    def _location(self) -> str:
        """Where this part lies; "" for a department of an unknown location, which could lie anywhere."""
        if self.kind == PartKind.LOCATION:
            return self.key
        entry = self._entry(Kind.DEPARTMENT, self.key)
        return entry.attribute("location") if entry else ""

    def _entry(self, kind: str, key: str) -> ReferenceEntry | None:
        return ReferenceEntry.objects.filter(books=self.scope.source_books_id, kind=kind, key=key).first()


def _lock_source(books_id: int | None) -> None:
    """Two people who share out one source at the same moment see each other's parts (A80)."""
    if books_id is not None:
        Books.objects.select_for_update(no_key=True).filter(pk=books_id).first()
