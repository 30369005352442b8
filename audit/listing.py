"""Long lists stay fast: no full counts, and numbers are searched from their beginning by index (E25)."""

from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.utils.functional import cached_property

COUNTED = 10_000
LAST_CHARACTER = "\U0010ffff"

if TYPE_CHECKING:
    ModelPaginator = Paginator[Model]
else:
    ModelPaginator = Paginator


class CappedPaginator(ModelPaginator):
    """Counts no further than 10,000 rows; whoever wants older ones filters by date or number."""

    object_list: QuerySet[Model]

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[:COUNTED].count()


def beginning_with(field: str, text: str) -> Q:
    """Rows whose field begins with the text, as typed or in capitals; uses the field's plain index."""
    return _beginning(field, text) | _beginning(field, text.upper())


def _beginning(field: str, text: str) -> Q:
    if connection.vendor == "sqlite":  # takes no index for LIKE as Django writes it (3.40)
        return Q(**{f"{field}__gte": text, f"{field}__lt": text + LAST_CHARACTER})
    return Q(**{f"{field}__startswith": text})
