"""Filters of the lookup tables."""

from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from mappings import usage
from mappings.models import Books, Kind, Mark, Scope


class ScopeFilter(SimpleListFilter):
    """By set of tables, of those this person may see."""

    title = "set of tables"
    parameter_name = "scope"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        scopes = Scope.objects.visible_to(request.user).order_by("name")
        return [(str(pk), name) for pk, name in scopes.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(scope=int(value)) if value and value.isdecimal() else queryset


class StateFilter(SimpleListFilter):
    """Rows that work, those that no longer do and why, and those that no posting was ever made with."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        states = [
            ("works", "works"),
            ("marked", "needs attention"),
            *((mark.value, mark.label) for mark in Mark),
        ]
        return [*states, ("unused", "never used")] if usage.known() else states

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value == "works":
            return queryset.filter(marked="")
        if value == "marked":
            return queryset.exclude(marked="")
        if value == "unused":
            return queryset.exclude(pk__in=usage.used_rows(queryset.model.table))
        return queryset.filter(marked=value) if value else queryset


class BooksFilter(SimpleListFilter):
    title = "company"
    parameter_name = "company"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [(str(books.pk), str(books)) for books in Books.objects.visible_to(request.user)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(books=int(value)) if value and value.isdecimal() else queryset


class KindFilter(SimpleListFilter):
    title = "list"
    parameter_name = "list"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        return list(Kind.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=value) if (value := self.value()) else queryset
