"""How often look-ups in a set of tables may have changed: whoever translated with older rows can tell (E9).

The count is a row of its own and not part of the set of tables, which people edit and whose forms save it as a whole.
"""

from django.db.models import F

from mappings.models import Scope, TablesTold


def times(scope: Scope) -> int:
    """Before the rows are read: then a change that comes meanwhile makes them outdated, and never the other way."""
    return TablesTold.objects.filter(scope=scope).values_list("times", flat=True).first() or 0


def once_more(scope_id: int) -> None:
    """In the transaction of the change, before anybody is told: from here on `locked` waits for its end."""
    TablesTold.objects.get_or_create(scope_id=scope_id)
    TablesTold.objects.filter(scope=scope_id).update(times=F("times") + 1)


def locked(scope_id: int) -> int:
    """The count, which nobody changes until the end of this transaction."""
    TablesTold.objects.get_or_create(scope_id=scope_id)
    return TablesTold.objects.select_for_update(no_key=True).values_list("times", flat=True).get(scope=scope_id)
