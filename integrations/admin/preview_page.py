"""What a preview's page shows: totals per place and currency, vendors, and each document as it would be sent."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, QuerySet, Sum

from integrations.desk import bill_words
from integrations.desk.previewing import WOULD_BE_SENT, has_lapsed
from integrations.models import Preview, PreviewRow
from integrations.places import PLACES, Amounts
from integrations.words import sums

STEPS = {"create": "new draft", "update": "draft rewritten", "delete": "draft deleted"}


def head(preview: Preview | None) -> dict[str, Any]:
    """Whether there is one, whether it is ready, and how far it is."""
    if preview is None:
        return {"preview": None, "under_way": False, "lapsed": False, "percent": 0}
    under_way = preview.finished_at is None
    percent = 100 * preview.done // preview.total if preview.total else 0
    return {
        "preview": preview,
        "under_way": under_way,
        "lapsed": not under_way and has_lapsed(preview),
        "percent": percent,
    }


def context(preview: Preview | None, place: str) -> dict[str, Any]:
    shown = head(preview)
    if preview is None or shown["under_way"]:
        return {**shown, "places": [], "rows": PreviewRow.objects.none(), "chosen": ""}
    rows = preview.rows.select_related("record__document").order_by("pk")
    places = _places(preview)
    chosen = place if place in {slug for slug, *_ in places} else ""
    return {**shown, "places": places, "rows": _Shown(rows.filter(place=chosen) if chosen else rows), "chosen": chosen}


def _places(preview: Preview) -> list[tuple[str, str, int, list[str]]]:
    """What would be sent first, then the places of A99; amounts per currency."""
    found: dict[str, Amounts] = {}
    rows = preview.rows.values_list("place", "currency").annotate(count=Count("pk"), amount=Sum("total")).order_by()
    for place, currency, count, amount in rows:
        found.setdefault(place, Amounts()).add(count, currency, amount)
    labels = {WOULD_BE_SENT: "would be sent", **PLACES}
    return [
        (place, labels[place], found[place].count, sums(found[place].amounts)) for place in labels if place in found
    ]


class _Shown:
    """Rows as the page shows them, made for one page at a time."""

    def __init__(self, rows: "QuerySet[PreviewRow]") -> None:
        self._rows = rows

    def __len__(self) -> int:
        return self._rows.count()

    def __getitem__(self, part: slice) -> list[dict[str, Any]]:
        return [_shown(row) for row in self._rows[part]]

    def __iter__(self) -> Iterable[dict[str, Any]]:
        return (_shown(row) for row in self._rows)


def _shown(row: PreviewRow) -> dict[str, Any]:
    document = row.document
    return {
        "row": row,
        "record": row.record,
        "label": "would be sent" if row.place == WOULD_BE_SENT else PLACES.get(row.place, row.place),
        "tone": "good" if row.place == WOULD_BE_SENT else "bad" if row.place == "held" else "calm",
        "step": STEPS.get(row.step, "") or (document or {}).get("step", ""),
        "document": document,
        "differences": bill_words.differences(document, row.stands) if document and row.stands else [],
    }
