"""Documents that stand in a company they no longer belong to, since its locations or departments changed (A80).

Nothing of ours moves what stands. Each is flagged where it stands, and the other company's record is held beside it.
Whose a document is its lines say, so a run looks through all that stands, in portions: a row of the source's cursors
says how far it has come. A document whose text was deleted after it was settled is not looked at.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from audit.trail import log_many
from integrations.engine import bulk, trail
from integrations.engine.companies import Companies
from integrations.engine.slice import Slice, SliceOverError
from integrations.engine.threads import LIVE
from integrations.errors import InvalidSourceError
from integrations.models import Cursor, Flag, Integration, Posting, Record
from integrations.pairs import pair
from integrations.pairs.flow import Place
from integrations.systems import system
from mappings.models import ScopePart
from mappings.tables import Tables

FLAG = "left-company"
AT_A_TIME = 200


def ask(integrations: Iterable[Integration]) -> None:
    """The next run of each looks through what stands of it. In the transaction of the change."""
    for integration in integrations:
        if not pair(integration.pair).bill_flows:
            continue
        begins = {"scan_page": 0, "last_pass_at": None, "position": timezone.now()}
        Cursor.objects.update_or_create(connection=integration.source, feed=_feed(integration), defaults=begins)


def look_through(slice_: Slice) -> None:
    """Flag what left the company and take the flag from what came back, portion by portion."""
    integration = slice_.integration
    cursor = Cursor.objects.filter(
        connection=integration.source, feed=_feed(integration), last_pass_at=None
    ).first()  # fmt: skip
    if cursor is None:
        return
    judge = _Judge(integration)
    while some := _standing(integration, cursor.scan_page):
        if not slice_.has_time():
            slice_.more = True
            raise SliceOverError
        left = {record.pk: said for record in some if (said := judge.leaves(record))}
        with transaction.atomic():
            slice_.fence()
            _flag([record for record in some if record.pk in left], left)
            let_go(record.pk for record in some if record.pk not in left)
            cursor.scan_page = some[-1].pk
            if not _as_asked(cursor).update(scan_page=cursor.scan_page):
                break
    if not _as_asked(cursor).update(last_pass_at=timezone.now()):
        slice_.more = True  # somebody changed the parts meanwhile: the next slice looks through all of it with those


def _as_asked(cursor: Cursor) -> QuerySet[Cursor]:
    """Unless it was asked for once more since this pass began."""
    return Cursor.objects.filter(pk=cursor.pk, position=cursor.position)


def let_go(records: Iterable[int]) -> None:
    """These no longer stand in a company that they do not belong to."""
    Flag.objects.filter(kind=FLAG, closed_at=None, record__in=list(records)).update(closed_at=timezone.now())


class _Judge:
    """Whose a document is by today's parts, and what to say of one that is another company's."""

    def __init__(self, integration: Integration) -> None:
        scope = integration.scope
        self.integration, self.tables = integration, Tables.load(scope)
        self.companies = Companies.beside(scope)
        self.parse: Any = system(integration.source.system).load_parse()
        others = ScopePart.objects.filter(scope__in=scope.siblings()).values_list("kind", "key", "scope__name")
        self.owners = {(kind, key): name for kind, key, name in others}

    def leaves(self, record: Record) -> str:
        """Why it does not belong here any more; "" while it does."""
        try:
            document = self.parse.document(record.document.feed, self.parse.loads(record.document.detail))
        except InvalidSourceError:
            return ""  # its own record says so when it is read again
        found = self.companies.judge(document, self.tables)
        if found.place is Place.WAITING:
            return ""
        here = f"It stands in {self.integration.target.label}"
        does = f"Leave it there, or remove it in {self.integration.target.label}"
        if found.place is Place.EXCLUDED:
            names = " and ".join(sorted(self._owners_of(document)))
            return f"{here}, but belongs to {names} now. {does}: then it is posted over there."
        return f"{here}, but not all of it belongs to this company any more. {does} and split it at the source."

    def _owners_of(self, document: Any) -> set[str]:
        parts = [part for line in document.lines for part in line.allocations]
        places = [("location", part.location) for part in parts] + [("department", part.department) for part in parts]
        return {self.owners[place] for place in places if place in self.owners}


def _feed(integration: Integration) -> str:
    return f"standing-{integration.pk}"


def _standing(integration: Integration, reached: int) -> list[Record]:
    stands = Posting.objects.filter(record=OuterRef("pk"), standing__in=LIVE)
    rows = Record.objects.filter(Exists(stands), integration=integration, pk__gt=reached)
    rows = rows.exclude(flow="vendors").exclude(document__detail="")
    return list(rows.select_related("document").order_by("pk")[:AT_A_TIME])


def _flag(records: Sequence[Record], said: dict[int, str]) -> None:
    """Those that are not flagged so yet."""
    flagged = set(Flag.objects.filter(kind=FLAG, closed_at=None, record__in=records).values_list("record", flat=True))
    new = [record for record in records if record.pk not in flagged]
    now = timezone.now()
    bulk.insert([Flag(record=each, kind=FLAG, explanation=said[each.pk][:500], opened_at=now) for each in new])
    log_many(trail.event("record.flagged", record, kind=FLAG, explanation=said[record.pk]) for record in new)
