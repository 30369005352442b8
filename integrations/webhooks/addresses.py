"""Where a system sends its webhooks to, and the secret by which they are known to be its own."""

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from audit.trail import Subject, log
from integrations import digests
from integrations.models import Connection, WebhookAddress
from integrations.systems.webhooks import sender


def token_of(connection: Connection) -> str:
    """The last part of the address; empty while the application's id is not known, or the system sends nothing."""
    if sender(connection.system) is None or not connection.client_id:
        return ""
    return digests.webhook_token(connection.system, connection.client_id)


def url_of(connection: Connection) -> str:
    token = token_of(connection)
    return settings.SITE_URL + reverse("webhook", args=[connection.system, token]) if token else ""


def of(connection: Connection) -> WebhookAddress | None:
    token = token_of(connection)
    return WebhookAddress.objects.filter(token=token).first() if token else None


def set_secret(connection: Connection, secret: str, by: User) -> None:
    """From now on only requests that this secret proves are taken; it is encrypted and never shown again."""
    values = {"system": connection.system, "secret": secret, "secret_set_at": timezone.now(), "confirmed_at": None}
    with transaction.atomic():
        WebhookAddress.objects.update_or_create(token=token_of(connection), defaults=values)
        log("connection.webhook_secret", Subject("connection", connection.pk, connection.label), actor=by)
