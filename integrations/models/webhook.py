"""What systems tell us by themselves: addresses with their secrets, events as they came, and what was refused."""

from typing import ClassVar

from django.db import models
from fernet_fields import EncryptedTextField

from integrations.models.connection import Connection


class WebhookAddress(models.Model):
    """Where one application of one system sends its webhooks; `token` is the last part of the address.

    It follows from the application's client id, so that the address can be shown before the secret is known.
    """

    system = models.SlugField(max_length=30)
    token = models.CharField(max_length=40, unique=True)
    secret = EncryptedTextField(help_text="What proves that a request is the system's own.")
    secret_set_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(
        null=True, blank=True, help_text="The system's last rightly signed request without an event."
    )

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"webhooks of {self.system}"


class Outcome(models.TextChoices):
    """What was made of an event."""

    WAITING = "", "waiting"
    WOKE = "woke", "an integration reads it"
    KNOWN = "known", "read before it came"
    OTHERS = "others", "about no document of ours"


class WebhookEvent(models.Model):
    """One event of a company that an integration uses. It says that something changed, not what it is now."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="webhook_events")
    fingerprint = models.CharField(max_length=64, help_text="Equal for an event that comes twice.")
    category = models.CharField(max_length=60)
    resource = models.CharField(max_length=100)
    kind = models.CharField(max_length=40)
    happened_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    body = models.TextField(help_text="The event as it came.")
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default=Outcome.WAITING)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "fingerprint"], name="one_row_per_webhook_event")
        ]
        indexes: ClassVar = [
            models.Index(fields=["connection", "-received_at"], name="webhook_events_newest"),
            models.Index(fields=["connection"], condition=models.Q(outcome=""), name="webhook_events_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.resource}"


class RefusedWebhook(models.Model):
    """How many requests, or events, of a system were not taken, by why. No row for each: strangers could fill disks."""

    system = models.SlugField(max_length=30)
    why = models.SlugField(max_length=30)
    count = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["system", "why"], name="one_count_per_refusal")]

    def __str__(self) -> str:
        return f"{self.system}: {self.why}"
