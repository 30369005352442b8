"""What the pickers ask for: twenty entries at a time, by index within one list of one company (E25)."""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse

from mappings import offered
from mappings.admin.pickers import SOURCE, SourceField
from mappings.models import Kind, ReferenceEntry, Scope

AT_A_TIME = 20
NEEDED = "mappings.view_referenceentry"


def choices(request: HttpRequest) -> JsonResponse:
    """Entries of one list that hold every typed word, as select2 reads them: active and suitable ones only."""
    if not request.user.has_perm(NEEDED):
        raise PermissionDenied
    scope = _scope(request)
    asked = request.GET.get("list", "")
    page = max(int(number), 1) if (number := request.GET.get("page", "1")).isdecimal() else 1
    first = (page - 1) * AT_A_TIME
    found = list(islice(_found(scope, asked, request.GET.get("term", "")), first, first + AT_A_TIME + 1))
    field = _chosen_by(asked)
    results = [{"id": str(getattr(entry, field)), "text": str(entry)} for entry in found[:AT_A_TIME]]
    return JsonResponse({"results": results, "pagination": {"more": len(found) > AT_A_TIME}})


def _found(scope: Scope, asked: str, term: str) -> "islice[ReferenceEntry]":
    of_target, kind = asked in offered.KINDS, offered.KINDS.get(asked, asked.removeprefix(SOURCE))
    if not of_target and kind not in Kind.values:
        raise Http404
    books = scope.target_books_id if of_target else scope.source_books_id
    entries = ReferenceEntry.objects.filter(books=books, kind=kind, active=True).search(term).order_by("code", "name")
    rows = entries.iterator(chunk_size=200)
    suitable = (entry for entry in rows if not of_target or not offered.unsuitability(entry, asked))
    return islice(_once(suitable) if asked in offered.BY_CODE else suitable, None)


def _chosen_by(asked: str) -> str:
    """The field of an entry that the form takes."""
    if asked in offered.BY_CODE:
        return "code"
    return "pk" if asked in offered.KINDS else SourceField.by.get(asked.removeprefix(SOURCE), "key")


def _once(entries: Iterable[ReferenceEntry]) -> Iterator[ReferenceEntry]:
    """The first entry of each code; they come in the order of their codes."""
    return (next(same) for _, same in groupby(entries, key=lambda entry: entry.code))


def _scope(request: HttpRequest) -> Scope:
    number = request.GET.get("scope", "")
    scope = Scope.objects.visible_to(request.user).filter(pk=number).first() if number.isdecimal() else None
    if scope is None:
        raise Http404
    return scope
