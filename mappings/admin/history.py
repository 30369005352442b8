"""The history page: what a person decided, in names."""

from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from simple_history.template_utils import HistoricalRecordContextHelper

from mappings import visibility
from mappings.models import Recorded, ReferenceEntry, TrackingRow
from mappings.models.tracking import NAMED_DIMENSIONS, Dimension

HAPPENED = {"+": "added", "~": "changed", "-": "deleted"}


def seen_history(history: QuerySet[Any], user: visibility.Person) -> QuerySet[Any]:
    """What happened to rows in the scopes that this person may see, whether they are still there or not."""
    scopes = visibility.limit(user)
    if scopes is None:
        return history
    of_rows = any(field.name == "scope" for field in history.model._meta.get_fields())
    return history.filter(**{"scope__in" if of_rows else "id__in": scopes.values("pk")})


class ContentHistory(HistoricalRecordContextHelper):  # type: ignore[misc]  # simple-history ships no types
    """Leaves out what nobody decides (version, mark, base) and names what the source keeps as keys."""

    def context_for_delta_changes(self, delta: Any) -> list[dict[str, Any]]:
        content = self.model.content
        decided = [each for each in delta.changes if self._attname(each.field) in content]
        shown: list[dict[str, Any]] = super().context_for_delta_changes(replace(delta, changes=decided))
        return shown

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        if isinstance(value, bool):
            return "yes" if value else "no"
        if value in (None, ""):
            return "nothing"
        kind = self._list_of(change.field)
        if not kind:
            return value
        entry = ReferenceEntry.objects.filter(books=self.record.scope.source_books_id, kind=kind, key=value).first()
        return str(entry) if entry else "one that is gone"

    def _list_of(self, field: str) -> str:
        """Which list of the source the field holds keys of, at the time of the change; "" for other fields."""
        if issubclass(self.model, TrackingRow) and field == "source_key":
            return NAMED_DIMENSIONS.get(Dimension(self.record.dimension), "")
        fields: dict[str, str] = getattr(self.model, "source_fields", {})
        return fields.get(field, "")

    def _attname(self, field: str) -> str:
        model: type[Recorded] = self.model
        return str(getattr(model._meta.get_field(field), "attname", field))
