"""The line of A99: what was read equals the sum of the places it is in, by count and by amount per currency."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict

from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

from integrations.models import Integration, Posting, Record, Standing, Tally, Work

FOUR_DECIMALS = Decimal("0.0001")
PLACES = {
    "not-yet-approved": "not yet approved",
    "before-start": "before start",
    "waiting": "waiting",
    "held": "held",
    "excluded-by-rule": "excluded by rule",
    "excluded-by-person": "excluded by a person",
    "covered": "covered by another document",
    "withdrawn": "withdrawn",
    "draft": "posted as draft",
    "ledger": "in the ledger",
    "removed": "removed in target",
}
# What is paid of a document, and the vendor's place on a project's list, are no documents of their own.
BESIDE = ("contract-payment", "project-vendor")
# Of a vendor nothing is ever a draft: it stands on both sides, or it does not.
VENDOR_PLACES = {"draft": "in both systems", "ledger": "in both systems", "removed": "gone from one side"}
WORK_PLACES = {
    Work.NOT_APPROVED: "not-yet-approved",
    Work.BEFORE_START: "before-start",
    Work.WAITING: "waiting",
    Work.POSTING: "waiting",
    Work.DOUBT: "waiting",
    Work.HELD: "held",
    Work.APPROVAL: "held",
    Work.EXCLUDED_RULE: "excluded-by-rule",
    Work.EXCLUDED_PERSON: "excluded-by-person",
    Work.COVERED: "covered",
    Work.WITHDRAWN: "withdrawn",
}
STANDING_PLACES = {Standing.DRAFT: "draft", Standing.LEDGER: "ledger", Standing.REMOVED: "removed"}


def place_label(place: str, flow: str = "") -> str:
    """A place in the words of what is in it."""
    said = VENDOR_PLACES.get(place) if flow == "vendors" else None
    return said or PLACES.get(place, place)


def standing_label(standing: str, flow: str) -> str:
    """What stands in the target, in the words of the flow."""
    return (VENDOR_PLACES.get(standing) if flow == "vendors" else None) or Standing(standing).label


def posting_label(posting: Posting, flow: str) -> str:
    """Project books have no ledger."""
    in_project = posting.project and posting.standing == Standing.LEDGER
    return "in the project" if in_project else standing_label(posting.standing, flow)


class Placed(TypedDict):
    """What `with_place` adds to a record: what stands in the target, and the place of A99."""

    standing: str
    place: str


@dataclass
class Amounts:
    """A count of records with their amounts per currency, never added across (A59)."""

    count: int = 0
    amounts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def add(self, count: int, currency: str, amount: Decimal) -> None:
        self.count += count
        self.amounts[currency] += amount


@dataclass
class Line:
    """One integration's flow: what was read (by the pull's own tally) and where each record is now."""

    integration: Integration
    flow: str
    read: Amounts
    places: dict[str, Amounts]

    @property
    def adds_up(self) -> bool:
        total = Amounts()
        for place in self.places.values():
            for currency, amount in place.amounts.items():
                total.add(0, currency, amount)
            total.count += place.count
        currencies = {*total.amounts, *self.read.amounts}
        same = all(total.amounts[currency] == self.read.amounts[currency] for currency in currencies)
        return total.count == self.read.count and same


def with_place(records: QuerySet[Record]) -> "QuerySet[WithAnnotations[Record, Placed]]":
    """Annotate `place`: what stands in the target decides; where nothing does, how far our work is (A2, A99)."""
    return records.annotate(
        standing=Coalesce(
            Subquery(
                Posting.objects.filter(record=OuterRef("pk"))
                .exclude(Q(kind__in=BESIDE) | Q(standing=Standing.NOTHING))
                .values("standing")[:1]
            ),
            Value("nothing"),
        )
    ).annotate(
        place=Case(
            *(When(standing=standing, then=Value(place)) for standing, place in STANDING_PLACES.items()),
            *(When(work=work, then=Value(place)) for work, place in WORK_PLACES.items()),
            default=Value("lost"),
            output_field=CharField(),
        )
    )


@dataclass(frozen=True, slots=True)
class Counted:
    """Records of one integration and flow in one state and currency; `oldest` is when the first came into it."""

    integration: int
    flow: str
    place: str
    work: str
    reason: str
    currency: str
    count: int
    amount: Decimal
    oldest: datetime


def counted(integrations: Iterable[Integration]) -> list[Counted]:
    """All records by place, state and currency, in one question; what the line and its cards are added up from."""
    rows = (
        with_place(Record.objects.filter(integration__in=[each.pk for each in integrations]))
        .values("integration_id", "flow", "place", "work", "hold_reason", "currency")
        .annotate(records=Count("pk"), total=Sum(F("amount")), oldest=Min("changed_at"))
        .order_by()
    )
    columns = ("integration_id", "flow", "place", "work", "hold_reason", "currency", "records", "total", "oldest")
    return [_exact(Counted(*row)) for row in rows.values_list(*columns)]


def _exact(row: Counted) -> Counted:
    """SQLite adds amounts up as floats; their four decimals are kept (*measured:* 788,211.859999999)."""
    return replace(row, amount=row.amount.quantize(FOUR_DECIMALS))


def tallies(integrations: Iterable[Integration]) -> list[Tally]:
    """What was read, as the pull wrote it down."""
    return list(Tally.objects.filter(integration__in=[each.pk for each in integrations]))


def lines(
    integrations: Iterable[Integration], rows: Iterable[Counted] | None = None, read: Iterable[Tally] | None = None
) -> list[Line]:
    """One line per integration and flow that has read anything. `rows` and `read` are what `counted` and `tallies`
    said, if they were asked."""
    found: dict[tuple[int, str], Line] = {}
    by_id = {integration.pk: integration for integration in integrations}

    def line(integration_id: int, flow: str) -> Line:
        key = (integration_id, flow)
        if key not in found:
            found[key] = Line(by_id[integration_id], flow, Amounts(), {place: Amounts() for place in PLACES})
        return found[key]

    for tally in tallies(by_id.values()) if read is None else read:
        line(tally.integration_id, tally.flow).read.add(tally.count, tally.currency, tally.amount)
    for row in counted(by_id.values()) if rows is None else rows:
        places = line(row.integration, row.flow).places
        places.setdefault(row.place, Amounts()).add(row.count, row.currency, row.amount)
    return list(found.values())
