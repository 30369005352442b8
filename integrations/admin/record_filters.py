"""Filters of the records: by place, by reason, by flag; none of them reads through the records for its choices."""

from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.db.models import Exists, F, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter, RangeNumericListFilter, TextFilter

from audit.listing import beginning_with
from integrations import visibility
from integrations.hold_reasons import HOLD_REASONS
from integrations.models import Flag, Look, Posting, Record, Standing, Work
from integrations.pairs import PAIRS, pair
from integrations.places import BESIDE, PLACES, STANDING_PLACES, WORK_PLACES
from integrations.words import of_flag

Choices = list[tuple[str, str]]
# Those people look for by name; the filter answers to any other kind as well.
FLAG_KINDS = (
    "billed-before-receipt",
    "changed-after-posting",
    "edited-in-target",
    "paid-at-source",
    "possible-duplicate",
    "re-dated",
    "self-approved",
    "total-differs",
)


def _flows() -> dict[str, str]:
    """Every flow of every pair, by slug, with its label."""
    return {flow: label for slug in PAIRS for flow, label in pair(slug).labels.items()}


def _own_postings() -> QuerySet[Posting]:
    """Those that say where their record is, as `places.with_place` counts it."""
    return Posting.objects.exclude(kind__in=BESIDE)


class IntegrationFilter(DropdownFilter):  # type: ignore[misc]  # unfold ships no types
    title = "integration"
    parameter_name = "integration"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return [(str(found.pk), found.name) for found in visibility.integrations(request.user)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        value = self.value()
        return queryset.filter(integration_id=value) if value and value.isdecimal() else queryset


class FlowFilter(DropdownFilter):  # type: ignore[misc]
    title = "kind of document"
    parameter_name = "flow"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return sorted(_flows().items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        return queryset.filter(flow=self.value()) if self.value() else queryset


class PlaceFilter(DropdownFilter):  # type: ignore[misc]
    """The places of A99. What stands in the target decides; where nothing does, how far our work is."""

    title = "place"
    parameter_name = "place"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return list(PLACES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        if not (place := self.value()):
            return queryset
        if standings := [standing for standing, name in STANDING_PLACES.items() if name == place]:
            return self._standing(queryset, standings[0])
        works = [work for work, name in WORK_PLACES.items() if name == place]
        stands = _own_postings().filter(record=OuterRef("pk"), standing__in=STANDING_PLACES)
        # Naming integrations and flows lets the index by work be used; both are few.
        integrations = [each.pk for each in visibility.integrations(request.user)]
        return queryset.filter(~Exists(stands), integration__in=integrations, flow__in=_flows(), work__in=works)

    def _standing(self, queryset: QuerySet[Record], standing: str) -> QuerySet[Record]:
        """What is rare is looked up and joined; what is common is met soon enough while reading from the newest on."""
        postings = _own_postings().filter(standing=standing)
        if standing == Standing.REMOVED:
            return queryset.filter(pk__in=postings.values("record"))
        return queryset.filter(Exists(postings.filter(record=OuterRef("pk"))))


class ReasonFilter(DropdownFilter):  # type: ignore[misc]
    title = "hold reason"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return sorted(((reason.slug, reason.label) for reason in HOLD_REASONS.values()), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        return queryset.filter(hold_reason=self.value()) if self.value() else queryset


class FlagFilter(DropdownFilter):  # type: ignore[misc]
    """Open flags: a queue of their own, next to what is held."""

    title = "flag"
    parameter_name = "flag"
    ANY = "any"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return [(self.ANY, "any flag"), *((kind, of_flag(kind)) for kind in FLAG_KINDS)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        if not (kind := self.value()):
            return queryset
        flags = Flag.objects.filter(closed_at=None)
        if kind != self.ANY:
            flags = flags.filter(kind=kind)
        chosen = request.GET.get(IntegrationFilter.parameter_name, "")
        flags = visibility.flags(flags, request.user, int(chosen) if chosen.isdecimal() else None)
        return queryset.filter(pk__in=flags.values("record"))


class AssigneeFilter(DropdownFilter):  # type: ignore[misc]
    title = "assignee"
    parameter_name = "assignee"
    MINE, NOBODY = "me", "nobody"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        given = visibility.belonging(Record.objects.exclude(assignee=None), "integration", request.user)
        people = User.objects.filter(pk__in=given.values("assignee"))
        others = [(str(each.pk), each.get_full_name() or each.username) for each in people if each != request.user]
        return [(self.MINE, "mine"), (self.NOBODY, "nobody's"), *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        value = self.value()
        if value == self.MINE:
            return queryset.filter(assignee=request.user.pk)
        if value == self.NOBODY:
            return queryset.filter(assignee=None)
        return queryset.filter(assignee=value) if value and value.isdecimal() else queryset


class VendorFilter(TextFilter):  # type: ignore[misc]
    """By the beginning of the name, which an index finds (E25)."""

    title = "vendor"
    parameter_name = "vendor"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        if not (term := (self.value() or "").strip()):
            return queryset
        return queryset.filter(beginning_with("vendor_name", term) | beginning_with("vendor_name", term.title()))


class AmountFilter(RangeNumericListFilter):  # type: ignore[misc]
    """From and to, in each document's own currency."""

    title = "amount"
    parameter_name = "amount"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        for end, lookup in (("from", "amount__gte"), ("to", "amount__lte")):
            written = self.used_parameters.get(f"{self.parameter_name}_{end}")
            if (limit := _number(written)) is not None:
                queryset = queryset.filter(**{lookup: limit})
        return queryset


class AgeFilter(DropdownFilter):  # type: ignore[misc]
    """How long a record has been as it is."""

    title = "for how long"
    parameter_name = "age"
    DAYS = (("1", "more than a day"), ("3", "more than 3 days"), ("7", "more than a week"), ("30", "more than 30 days"))

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return [("today", "changed in the last day"), *self.DAYS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        now = timezone.now()
        if self.value() == "today":
            return queryset.filter(changed_at__gte=now - timedelta(days=1))
        if self.value() in dict(self.DAYS):
            return queryset.filter(changed_at__lt=now - timedelta(days=int(self.value())))
        return queryset


class ChangedFilter(DropdownFilter):  # type: ignore[misc]
    """Records whose page this person has opened and that have changed since (E18)."""

    title = "since I last looked"
    parameter_name = "since"
    CHANGED = "changed"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return [(self.CHANGED, "changed since I last looked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        if self.value() != self.CHANGED:
            return queryset
        older = Look.objects.filter(person=request.user.pk, at__lt=F("record__changed_at"))
        return queryset.filter(pk__in=older.values("record"))


class WaitsForFilter(DropdownFilter):  # type: ignore[misc]
    """Among what is held: a gap or a question on the one side, somebody's approval on the other."""

    title = "waits for"
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return [(Work.HELD.value, "something to be mended"), (Work.APPROVAL.value, "an approval")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        return queryset.filter(work=self.value()) if self.value() in (Work.HELD, Work.APPROVAL) else queryset


def _number(written: str | None) -> Decimal | None:
    try:
        found = Decimal((written or "").replace(",", "").strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


# What Records and Held have in common, behind what each asks first.
COMMON = (
    IntegrationFilter,
    FlowFilter,
    FlagFilter,
    AssigneeFilter,
    VendorFilter,
    AmountFilter,
    AgeFilter,
    ChangedFilter,
)
