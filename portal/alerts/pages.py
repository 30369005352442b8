"""“My alerts”: what each person is told of, how and when; and the chats and webhooks that they added."""

from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from audit.trail import Subject, log
from integrations.words import at
from integrations.zones import zones
from portal.alerts import addresses, sending
from portal.alerts.kinds import KINDS, Kind, When
from portal.alerts.models import Choice, Delivery, Destination, Habit, State
from portal.alerts.people import chosen, habit_of, next_digest_by, roles_of, usual

MOST_DESTINATIONS = 10
LONGEST_ADDRESS = 1000


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    person = _person(request)
    destinations = list(Destination.objects.filter(person=person).order_by("label"))
    given_up = Delivery.objects.filter(person=person, state=State.GIVEN_UP, queued_at__gt=_a_month_ago())
    habit = habit_of(person)
    return _page(
        request,
        kinds=_rows(person, destinations),
        destinations=destinations,
        habit=habit,
        hours=range(24),
        zones=sorted(zones()),
        next_digest=at(next_digest_by(habit, timezone.now()), habit.time_zone),
        services=sorted(addresses.SERVICES.values()),
        given_up=given_up.select_related("alert").order_by("-pk")[:10],
    )


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Save all choices of the page at once."""
    person = _person(request)
    destinations: list[Destination | None] = [None, *Destination.objects.filter(person=person)]
    try:
        habit = _habit(request, person)
    except ValidationError as wrong:
        messages.error(request, wrong.messages[0])
        return _back()
    with transaction.atomic():
        told = []
        for kind in _kinds(person):
            for destination in destinations:
                when = _when(request.POST.get(_field(kind, destination), ""), kind)
                Choice.objects.update_or_create(
                    person=person, kind=kind.slug, destination=destination, defaults={"when": when}
                )
                if when != When.OFF:
                    told.append(f"{kind.label} {when.value} by {destination.label if destination else 'e-mail'}")
        Habit.objects.update_or_create(
            person=person, defaults={"digest_hour": habit.digest_hour, "time_zone": habit.time_zone}
        )
        log("alerts.chosen", _subject(person), actor=person, details={"choices": told, "digest": str(habit)})
    messages.success(request, "Saved. It holds for everything from now on.")
    return _back()


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Add a chat or webhook. Its address is checked, encrypted, and not shown again."""
    person = _person(request)
    label = request.POST.get("label", "").strip()[:60]
    address = request.POST.get("address", "").strip()
    if not label or len(address) > LONGEST_ADDRESS or _count(person) >= MOST_DESTINATIONS:
        messages.error(request, "Give it a name and an address; there may be ten of them.")
        return _back()
    try:
        _, service = addresses.checked(address)
        with transaction.atomic():
            made = Destination.objects.create(person=person, label=label, address=address, service=service)
            log("alerts.destination_added", _subject(person), actor=person, details={"name": str(made)})
    except ValidationError as wrong:
        messages.error(request, wrong.messages[0])
    except IntegrityError:
        messages.error(request, f"You have one that is called “{label}” already.")
    else:
        messages.success(request, f"“{label}” was added. Choose below what it is told, and send it a test.")
    return _back()


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    person = _person(request)
    destination = get_object_or_404(Destination, pk=pk, person=person)
    with transaction.atomic():
        log("alerts.destination_removed", _subject(person), actor=person, details={"name": str(destination)})
        destination.delete()
    messages.success(request, f"“{destination.label}” is told nothing any more.")
    return _back()


@require_POST
def try_out(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Send a test now, by e-mail or to one chat, and say what became of it."""
    person = _person(request)
    destination = get_object_or_404(Destination, pk=pk, person=person) if pk else None
    trouble = sending.try_out(person, destination)
    if trouble:
        messages.error(request, trouble)
    else:
        messages.success(request, f"A test is on its way to {destination.label if destination else person.email}.")
    return _back()


def _count(person: User) -> int:
    return Destination.objects.filter(person=person).count()


def _kinds(person: User) -> list[Kind]:
    """Those whose page this person may open."""
    return [kind for kind in KINDS.values() if any(person.has_perm(permission) for permission in kind.permissions)]


def _rows(person: User, destinations: list[Destination]) -> list[dict[str, Any]]:
    known, roles = chosen(person), roles_of(person)
    return [_row(kind, known, roles, destinations) for kind in _kinds(person)]


def _row(
    kind: Kind, known: dict[tuple[str, int | None], When], roles: set[str], destinations: list[Destination]
) -> dict[str, Any]:
    cells = [
        {
            "name": _field(kind, destination),
            "channel": destination.label if destination else "E-mail",
            "chosen": known.get((kind.slug, destination.pk if destination else None))
            or (When.OFF if destination else usual(roles, kind)),
        }
        for destination in [None, *destinations]
    ]
    return {"kind": kind, "cells": cells, "choices": kind.choices}


def _field(kind: Kind, destination: Destination | None) -> str:
    return f"{kind.slug}:{destination.pk if destination else 'mail'}"


def _when(typed: str, kind: Kind) -> When:
    return next((when for when in kind.choices if when.value == typed), When.OFF)


def _habit(request: HttpRequest, person: User) -> Habit:
    hour, zone = request.POST.get("hour", ""), request.POST.get("zone", "")
    if not hour.isdecimal() or int(hour) > 23:
        raise ValidationError("Choose the hour of your digest.")
    if zone not in zones():
        raise ValidationError("Choose a time zone by its name, for example Europe/London.")
    return Habit(person=person, digest_hour=int(hour), time_zone=zone)


def _a_month_ago() -> datetime:
    return timezone.now() - timedelta(days=30)


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User) or not request.user.is_staff:
        raise PermissionDenied
    return request.user


def _subject(person: User) -> Subject:
    return Subject("user", person.pk, person.get_username())


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("my_alerts"))


def _page(request: HttpRequest, **context: Any) -> HttpResponse:
    frame = admin.site.each_context(request) | {"title": "My alerts"}
    return TemplateResponse(request, "portal/my_alerts.html", frame | context)


def _view(view: Any) -> Any:
    return cast(Any, admin.site.admin_view(view))


urlpatterns = [
    path("", _view(mine), name="my_alerts"),
    path("choose/", _view(choose), name="my_alerts_choose"),
    path("add/", _view(add), name="my_alerts_add"),
    path("test/", _view(try_out), name="my_alerts_test_mail"),
    path("<int:pk>/test/", _view(try_out), name="my_alerts_test"),
    path("<int:pk>/remove/", _view(remove), name="my_alerts_remove"),
]
