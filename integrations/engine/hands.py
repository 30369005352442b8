"""Who had a hand in what would be posted: entered it, asked for it, or wrote a table row it depends on (A95)."""

from django.contrib.auth.models import User
from django.db.models import Value
from django.db.models.functions import Concat, Lower

from integrations.engine.rehearsal import Rehearsal
from mappings.authors import authors_of


def of(rehearsal: Rehearsal, created_by: str = "") -> set[int]:
    """The ids of the users who may not approve it. `created_by` is the source's name of who entered the document."""
    used = rehearsal.translation.used if rehearsal.translation else ()
    return authors_of(used) | rehearsal.chose | _named(created_by)


def _named(name: str) -> set[int]:
    """Our users of that full name, since the source knows people by nothing else."""
    if not name.strip():
        return set()
    people = User.objects.annotate(full=Lower(Concat("first_name", Value(" "), "last_name")))
    return set(people.filter(full=name.strip().lower()).values_list("pk", flat=True))
