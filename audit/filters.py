"""Filters of the trail; none of them reads through the entries to find its choices."""

from datetime import date

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.utils import parse_date_str

from audit.actions import families, names
from audit.export import within
from audit.models import Entry
from audit.trail import OURSELVES

BY_ITSELF = "itself"
BEFORE = "before"


class FamilyFilter(SimpleListFilter):
    """By the word before the dot: "bill" for everything that happened to bills."""

    title = "kind of action"
    parameter_name = "family"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Entry]") -> list[tuple[str, str]]:
        return [(family, family.replace("_", " ").capitalize()) for family in families()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        if not (family := self.value()):
            return queryset
        return queryset.filter(action__in=[name for name in names() if name.startswith(f"{family}.")])


class ActorFilter(SimpleListFilter):
    """By the person, or by the portal itself."""

    title = "who"
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Entry]") -> list[tuple[str, str]]:
        people = User.objects.order_by("username").values_list("pk", "username")
        return [(BY_ITSELF, OURSELVES), *((str(key), name) for key, name in people)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        value = self.value()
        if value == BY_ITSELF:
            return queryset.filter(actor=None)
        return queryset.filter(actor_id=int(value)) if value and value.isdecimal() else queryset


class BeforeFilter(SimpleListFilter):
    """Offers nothing: the list itself leads on to what lies before an entry, for whom it looks through a stretch."""

    title = "before"
    parameter_name = BEFORE

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Entry]") -> list[tuple[str, str]]:
        return []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        return queryset


class DayFilter(RangeDateFilter):  # type: ignore[misc]  # unfold ships no types
    """Between two days, both included; unfold's own filter would leave out most of the last one."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        return within(queryset, self._day("from"), self._day("to"))

    def _day(self, side: str) -> date | None:
        day: date | None = parse_date_str(self.used_parameters.get(f"{self.field_path}_{side}"))
        return day
