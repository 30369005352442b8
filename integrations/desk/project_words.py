"""Projects, budget codes and vendors of project books by the names that the target gives them."""

from collections.abc import Collection

from mappings.models import Kind, ReferenceEntry


def project(books: int | None, key: str) -> str:
    """ "1234 Harbour Clinic"; "" for one that is not in the list."""
    return projects(books).get(key, "")


def projects(books: int | None) -> dict[str, str]:
    """All of them by id."""
    entries = ReferenceEntry.objects.filter(books=books, kind=Kind.PROJECT)
    return {key: f"{code} {name}".strip() for key, code, name in entries.values_list("key", "code", "name")}


def codes(books: int | None, keys: Collection[str]) -> dict[str, str]:
    """ "03-300.M Concrete" by id, or the code alone."""
    entries = ReferenceEntry.objects.filter(books=books, kind=Kind.BUDGET_CODE, key__in=list(keys))
    return {
        key: code if name in ("", code) else f"{code} {name}"
        for key, code, name in entries.values_list("key", "code", "name")
    }
