"""The one view for all senders: how large, whose, what. Called by machines without session, cookie or token."""

import logging
from datetime import timedelta

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from integrations.errors import InvalidSourceError
from integrations.models import WebhookAddress
from integrations.systems.webhooks import Sender, sender
from integrations.webhooks import acting, keeping
from integrations.webhooks.remembered import Remembered

# A thousand events of Xero; what is larger is nobody's whose webhooks we know.
LARGEST = 1_000_000
NOTED_EVERY = timedelta(minutes=1)
logger = logging.getLogger("counterfoil.webhooks")


def _stored(place: str) -> WebhookAddress | None:
    system, _, token = place.partition("/")
    return WebhookAddress.objects.filter(token=token, system=system).first()


# With its secret, which a new one replaces within seconds.
address_of = Remembered(_stored)


@csrf_exempt
@require_POST
def receive(request: HttpRequest, system: str, token: str) -> HttpResponse:
    """200 with nothing for whatever is proved, 401 for a wrong proof, 404 and 413 for what cannot be one."""
    sent_by = sender(system)
    address = address_of(f"{system}/{token}") if sent_by else None
    if sent_by is None or address is None:
        if sent_by is not None:
            keeping.count(system, keeping.STRANGER)
        return HttpResponse(status=404)
    body = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        keeping.count(system, keeping.OVERSIZED)
        return HttpResponse(status=413)
    if not sent_by.is_genuine(address.secret, request.headers.get(sent_by.header, ""), body):
        keeping.count(system, keeping.UNPROVED)
        return HttpResponse(status=401)
    _take(sent_by, address, body)
    return HttpResponse(status=200)


def _take(sent_by: Sender, address: WebhookAddress, body: bytes) -> None:
    try:
        told = sent_by.read(body)
    except InvalidSourceError as error:
        keeping.count(sent_by.slug, keeping.UNREADABLE)
        logger.warning("a webhook of %s could not be read: %s", sent_by.label, error)
        return
    if not told:
        _confirmed(address)
    elif keeping.keep(sent_by, told):
        acting.nudge()


def _confirmed(address: WebhookAddress) -> None:
    """Xero's intent to receive: requests without an event, of which it sends several at once."""
    now = timezone.now()
    old = Q(confirmed_at=None) | Q(confirmed_at__lt=now - NOTED_EVERY)
    if address.confirmed_at is None or address.confirmed_at < now - NOTED_EVERY:
        WebhookAddress.objects.filter(old, pk=address.pk).update(confirmed_at=now)
