"""What every table that people edit has in common: nothing changes without its entry, its history and its signal."""

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from simple_history.models import HistoricalRecords
from simple_history.utils import get_history_manager_for_model

from audit.trail import Subject
from mappings import changes
from mappings.keys import LookupKey

if TYPE_CHECKING:
    from mappings.models.scope import Scope

Row = TypeVar("Row", bound="Recorded")


class RecordedQuerySet(models.QuerySet[Row]):
    """Bulk calls leave the same entries as single ones; those that cannot are refused."""

    def update(self, **_: Any) -> int:
        raise TypeError("Rows that people edit are saved one by one, so that each change is on record.")

    def bulk_update(self, *_: Any, **__: Any) -> int:
        raise TypeError("Rows that people edit are saved one by one, so that each change is on record.")

    def delete(self) -> tuple[int, dict[str, int]]:
        with changes.together():
            rows = list(self)
            for row in rows:
                row.delete()
        return len(rows), {self.model._meta.label: len(rows)}

    def bulk_create(self, objs: Iterable[Row], *_: Any, **__: Any) -> list[Row]:
        """Check every row, then insert all with their history and entries; one bad row stops all."""
        rows = list(objs)
        with changes.together():
            for row in rows:
                row.clean_fields(exclude=row.foreign_keys())
                row.clean()
            created = super().bulk_create(rows)
            get_history_manager_for_model(self.model).bulk_history_create(created, default_user=changes.actor())
            changes.note([row.change("added", None, row) for row in created])
        return created


class Recorded(models.Model):
    """A row whose every change leaves an entry with before and after. Saving validates: a wrong row cannot be stored.

    `content` names the fields that a person decides; a save that changes none of them is no change.
    """

    content: ClassVar[tuple[str, ...]] = ()
    action_prefix: ClassVar[str] = "mapping"

    released: int = 0  # how many waiting records went on because of the last save or deletion
    history = HistoricalRecords(inherit=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValidationError for a row that breaks a rule, whoever saves it."""
        kwargs.pop("update_fields", None)
        with transaction.atomic():
            self.queue_up()
            stored = self._stored()
            self.tidy()
            if stored is not None and not self._differs_from(stored):
                self._save_quietly(*args, **kwargs)
                return
            self.full_clean()
            self.follow(stored)
            self._history_user = changes.actor()
            super().save(*args, **kwargs)
            self.released = changes.note([self.change("changed" if stored else "added", stored, self)])

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            self.queue_up()
            stored = self._stored()
            if stored is None:
                return 0, {}
            change = self.change("deleted", stored, None)
            self._history_user = changes.actor()
            counts = super().delete(*args, **kwargs)
            self.released = changes.note([change])
        return counts

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        self.tidy()
        super().clean_fields(exclude)

    def tidy(self) -> None:
        """Bring what was typed into the form in which it is looked up."""

    def queue_up(self) -> None:
        """Wait until whoever changes the same table, or reads it as a whole, is done."""

    def follow(self, stored: "Recorded | None") -> None:
        """Prepare a changed row for being saved after `stored`."""

    def described(self) -> Mapping[str, str]:
        """The content in the words of the screen, for the trail: codes and names, no ids."""
        raise NotImplementedError

    def lookup_keys(self) -> tuple[LookupKey, ...]:
        return ()

    def lookup_scope(self) -> "Scope | None":
        return None

    def change(self, verb: str, before: "Recorded | None", after: "Recorded | None") -> changes.Change:
        keys = dict.fromkeys(key for row in (before, after) if row is not None for key in row.lookup_keys())
        details: dict[str, Any] = {"table": str(self._meta.verbose_name_plural)}
        scope = self.lookup_scope()
        if scope is not None:
            details["scope"] = scope.name
        details["before"] = dict(before.described()) if before is not None else {}
        details["after"] = dict(after.described()) if after is not None else {}
        return changes.Change(
            action=f"{self.action_prefix}.{verb}",
            subject=self.subject(),
            scope=scope,
            keys=tuple(keys),
            actor=changes.actor(),
            details=details,
        )

    def subject(self) -> Subject:
        """What entries about this row are filed under; kept when the row is gone."""
        return Subject(str(self._meta.model_name), self.pk, str(self))

    @classmethod
    def foreign_keys(cls) -> set[str]:
        return {field.name for field in cls._meta.concrete_fields if field.is_relation}

    def _save_quietly(self, *args: Any, **kwargs: Any) -> None:
        """Save what no person decides (the base of a vendor link): no version, no entry, no history."""
        self.skip_history_when_saving = True
        try:
            super().save(*args, **kwargs)
        finally:
            del self.skip_history_when_saving

    def _stored(self) -> "Recorded | None":
        """The row as it stands, locked. Raises ValidationError where somebody deleted it meanwhile."""
        if self._state.adding or self.pk is None:
            return None
        stored = type(self)._base_manager.select_for_update().filter(pk=self.pk).first()
        if stored is None:
            raise ValidationError("Somebody deleted this row meanwhile.")
        return stored

    def _differs_from(self, stored: "Recorded") -> bool:
        return any(getattr(self, name) != getattr(stored, name) for name in self.content)
