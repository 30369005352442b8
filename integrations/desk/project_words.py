"""Projects, budget codes and vendors of project books by the names that the target gives them."""

from collections.abc import Collection

from django.db.models import Q

from mappings.models import Kind, ReferenceEntry


def project(books: int | None, key: str) -> str:
    """ "1234 Harbour Clinic"; "" for one that is not in the list."""
    return of_document(books, key, ())[0]


def projects(books: int | None) -> dict[str, str]:
    """All of them by id."""
    entries = ReferenceEntry.objects.filter(books=books, kind=Kind.PROJECT)
    return {key: _project(code, name) for key, code, name in entries.values_list("key", "code", "name")}


def codes(books: int | None, keys: Collection[str]) -> dict[str, str]:
    """ "03-300.M Concrete" by id, or the code alone."""
    return of_document(books, "", keys)[1]


def of_document(books: int | None, project: str, codes: Collection[str]) -> tuple[str, dict[str, str]]:
    """The project and the codes that one document names, in one question."""
    wanted = Q(kind=Kind.PROJECT, key=project) | Q(kind=Kind.BUDGET_CODE, key__in=list(codes))
    entries = ReferenceEntry.objects.filter(wanted, books=books)
    found = list(entries.values_list("kind", "key", "code", "name"))
    return (
        next((_project(code, name) for kind, _, code, name in found if kind == Kind.PROJECT), ""),
        {key: _code(code, name) for kind, key, code, name in found if kind == Kind.BUDGET_CODE},
    )


def _project(code: str, name: str) -> str:
    return f"{code} {name}".strip()


def _code(code: str, name: str) -> str:
    return code if name in ("", code) else f"{code} {name}"
