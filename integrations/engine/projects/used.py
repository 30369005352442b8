"""The projects that a company's tables name or that were written to: what its connection has to be permitted in."""

from collections.abc import Sequence

from integrations.models import Connection, Integration, ProjectBudget
from mappings.models import Kind, ProjectRow, ReferenceEntry

MOST_NAMES = 20


def of(connection: Connection) -> list[str]:
    """By id. Those that nothing was written to yet come first: of the others it is known that they are open."""
    scopes = Integration.objects.filter(target=connection).values("scope")
    named = ProjectRow.objects.filter(scope__in=scopes).values_list("target__key", flat=True)
    written = set(ProjectBudget.objects.filter(connection=connection).values_list("project", flat=True))
    return sorted({*named, *written}, key=lambda project: (project in written, project))


def in_words(connection: Connection, unseen: Sequence[str]) -> str:
    """Those that the target does not show us. Mostly they are finished, so that is no warning."""
    known = ReferenceEntry.objects.filter(books=connection.books, kind=Kind.PROJECT, key__in=list(unseen))
    names = {entry.key: f"{entry.code} {entry.name}".strip() for entry in known}
    shown = ", ".join(names.get(each, each) for each in unseen[:MOST_NAMES])
    more = f" and {len(unseen) - MOST_NAMES} more" if len(unseen) > MOST_NAMES else ""
    return f"{shown}{more}: finished, or not on the application's list of permitted projects."
