"""Of one supplier one vendor in a company, whoever makes it (A70).

Integrations that share a company have leases of their own. So a look-up counts only if nobody made the same vendor
since it began, or may just have been making it. The same is a vendor of the same contact, or of the same name: of two
source companies each has a contact of its own.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from integrations.engine.intents import OPEN
from integrations.engine.projects import ending
from integrations.engine.projects.standing import VENDOR
from integrations.engine.projects.steps import Inside
from integrations.engine.slice import Slice, in_seconds
from integrations.models import Connection, Outcome, Posting, Record, RequestLine, Work
from mappings import names

CREATE = "vendor-create"
MADE_NOTHING = (Outcome.DROPPED, Outcome.REFUSED, Outcome.ABSENT)
# Another worker's write is answered after about as long.
ANOTHER_WRITES = 2.0
SAID = "Another order's write of the same vendor is being looked up."


class AnotherMakesItError(Exception):
    """The same vendor is being made, or was since we looked: look again then."""

    def __init__(self, until: datetime) -> None:
        super().__init__(SAID)
        self.until = until


@dataclass(frozen=True, slots=True)
class Look:
    """Which writes a look-up that begins now may not see: those under way, and all after the newest."""

    company: Connection
    newest: int
    under_way: frozenset[int]

    def unless_made(self, name: str) -> Inside:
        """With the intent: AnotherMakesItError keeps it from being sent. From then on others see this one."""

        def inside(posting: Posting) -> None:
            lock(self.company)
            if another := self.another(posting.reference, name):
                raise another
            posting.number = name[:255]
            posting.save(update_fields=["number"])

        return inside

    def another(self, contact: str, name: str) -> AnotherMakesItError | None:
        unseen = _writes(self.company).filter(Q(pk__gt=self.newest) | Q(pk__in=self.under_way))
        for line in unseen.exclude(outcome__in=MADE_NOTHING).select_related("posting", "request"):
            if line.posting.reference == contact or _is_named(line.posting, name):
                lost = line.outcome == Outcome.UNKNOWN
                return AnotherMakesItError(line.request.settles_at if lost else in_seconds(ANOTHER_WRITES))
        return None


def begin(slice_: Slice, record: Record, contact: str, name: str) -> Look:
    """Before anything is looked up: the vendor's posting goes with this record, unless a write of it is under way."""
    company = slice_.integration.target
    with transaction.atomic():
        slice_.fence()
        lock(company)
        look = Look(company, _writes(company).aggregate(newest=Max("pk"))["newest"] or 0, _under_way(company))
        another = look.another(contact, name)
        if another is None:
            _take_over(record, Posting.objects.filter(connection=company, kind=VENDOR, reference=contact).first())
    if another is not None:
        raise another
    return look


def lock(company: Connection) -> None:
    """In a transaction: until its end no other vendor is begun in that company, and no posting of one changes hands."""
    Connection.objects.select_for_update(no_key=True).only("pk").get(pk=company.pk)


def _take_over(record: Record, posting: Posting | None) -> None:
    """With a doubt that nobody settled in time: its record waits for what is found now."""
    if posting is None or posting.record_id == record.pk:
        return
    former = posting.record
    posting.record = record
    posting.save(update_fields=["record"])
    in_doubt = former.work in (Work.POSTING, Work.DOUBT)
    if in_doubt and RequestLine.objects.filter(posting=posting, outcome__in=OPEN).exists():
        ending.waits_again(former)


def _under_way(company: Connection) -> frozenset[int]:
    open_ones = _writes(company).filter(outcome__in=OPEN, request__settles_at__gt=timezone.now())
    return frozenset(open_ones.values_list("pk", flat=True))


def _is_named(posting: Posting, name: str) -> bool:
    known = names.company(name)
    return bool(known) and names.company(posting.number) == known


def _writes(company: Connection) -> QuerySet[RequestLine]:
    return RequestLine.objects.filter(posting__connection=company, posting__kind=VENDOR, step=CREATE)
