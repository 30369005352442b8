"""The page of drafts that a changed table would write otherwise: look, tick, confirm (A39)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from integrations.admin.base import ReadOnlyAdmin, person
from integrations.admin.record_actions import totals
from integrations.retranslation import Offer, differences, offered, translate_again
from integrations.words import sums

PAGE = "admin:integrations_record_again"
SHOWN = 100
MAY_LOOK, MAY_ACT = "integrations.view_record", "integrations.replay_record"


def page(model_admin: ReadOnlyAdmin, request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(MAY_LOOK) or (request.method == "POST" and not request.user.has_perm(MAY_ACT)):
        raise PermissionDenied
    records = offered(request.user)
    if request.method == "POST":
        ticked = [pk for pk in request.POST.getlist("record") if pk.isdecimal()][:SHOWN]
        return _chosen(model_admin, request, differences(list(records.filter(pk__in=ticked))))
    shown = differences(list(records[:SHOWN]))
    return model_admin.page(
        request,
        "integrations/again.html",
        title="Drafts to translate again",
        offers=shown,
        more=max(0, records.count() - SHOWN),
        may_act=request.user.has_perm(MAY_ACT),
    )


def _chosen(model_admin: ReadOnlyAdmin, request: HttpRequest, offers: list[Offer]) -> HttpResponse:
    back = reverse(PAGE)
    records = [offer.record for offer in offers]
    if not offers:
        messages.info(request, "Tick the drafts to translate again. One that no longer differs is no longer listed.")
        return HttpResponseRedirect(back)
    if request.POST.get("confirmed") != "yes":
        return model_admin.page(
            request,
            "integrations/confirm_again.html",
            title="Translate again",
            offers=offers,
            sums=sums(totals(records)),
            back=back,
        )
    for record, outcome in translate_again(records, person(request)):
        messages.info(request, f"{record} {outcome}")
    return HttpResponseRedirect(back)
