"""What waits for rows of the lookup tables: the open gaps of held records, with their amounts (E9)."""

from collections.abc import Iterable, Iterator
from functools import cache

from integrations import visibility
from integrations.models import Gap, Integration, Work
from integrations.visibility import Viewer
from mappings.keys import LookupKey
from mappings.waiting import Waiting

_FIELDS = (
    "record__integration__scope_id", "table", "key", "label", "record_id", "record__currency", "record__amount",
    "opened_at",
)  # fmt: skip


def open_gaps(scopes: Iterable[int], user: Viewer) -> Iterator[Waiting]:
    """Every open gap of a held record that this person may see."""
    parsed = cache(LookupKey.parse)
    integrations = Integration.objects.filter(pk__in=[each.pk for each in visibility.integrations(user)])
    mine = integrations.filter(scope__in=list(scopes))
    gaps = Gap.objects.filter(closed_at=None, record__integration__in=mine, record__work=Work.HELD)
    for scope, table, key, label, record, currency, amount, since in gaps.values_list(*_FIELDS).order_by("pk"):
        yield Waiting(scope, parsed(table, key), label, record, currency, amount, since)
