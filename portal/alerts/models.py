"""Alerts, who wants to be told of them and how, and every message that was or is to be sent."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from fernet_fields import EncryptedTextField

from integrations.models import Connection, Integration
from portal.alerts.kinds import KINDS, When

OPEN = models.Q(closed_at=None)
BY_MAIL = models.Q(destination=None)
WHENS = [(when.value, when.value) for when in When]


class Alert(models.Model):
    """Something people should know. While it lasts it is one row, however often it happens again."""

    kind = models.SlugField(max_length=30, choices=[(kind.slug, kind.label) for kind in KINDS.values()])
    key = models.CharField(max_length=80, help_text="What it is about: run 7, connection 3.")
    integration = models.ForeignKey(Integration, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=200)
    text = models.TextField()
    path = models.CharField(max_length=300)
    opened_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(default=timezone.now)
    times = models.PositiveIntegerField(default=1)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "key"], condition=OPEN, name="one_open_alert_of_a_kind")
        ]
        indexes: ClassVar = [
            models.Index(fields=["integration"], condition=OPEN, name="open_alerts_by_integration"),
            models.Index(fields=["connection"], condition=OPEN, name="open_alerts_by_connection"),
        ]

    def __str__(self) -> str:
        return self.title


class Destination(models.Model):
    """A chat or webhook of one person. Its address is a secret: encrypted, and never shown again."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="destinations")
    label = models.CharField(max_length=60)
    address = EncryptedTextField()
    service = models.CharField(max_length=40)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "label"], name="one_destination_of_a_label")]

    def __str__(self) -> str:
        return f"{self.label} ({self.service})"


class Choice(models.Model):
    """What one person wants to be told of, through one channel; without a destination it is their e-mail."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alert_choices")
    kind = models.SlugField(max_length=30)
    destination = models.ForeignKey(Destination, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    when = models.CharField(max_length=10, choices=WHENS)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "kind"], condition=BY_MAIL, name="one_choice_by_mail"),
            models.UniqueConstraint(
                fields=["person", "kind", "destination"], condition=~BY_MAIL, name="one_choice_per_destination"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.when}"


class Habit(models.Model):
    """When one person's daily digest is sent."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alert_habit")
    digest_hour = models.PositiveSmallIntegerField(default=7)
    time_zone = models.CharField(max_length=60)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"digest at {self.digest_hour}:00 ({self.time_zone})"


class State(models.TextChoices):
    QUEUED = "queued", "queued"
    SENT = "sent", "sent"
    GIVEN_UP = "given-up", "given up"


class Delivery(models.Model):
    """One alert for one person through one channel; those of one digest are sent as one message."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="deliveries")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    destination = models.ForeignKey(Destination, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    channel = models.CharField(max_length=100, help_text="“e-mail”, or what the person calls their chat.")
    digest = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        default_permissions = ("view",)
        verbose_name_plural = "deliveries"
        permissions: ClassVar = [("resend_delivery", "Can have an alert sent again")]
        indexes: ClassVar = [
            models.Index(fields=["not_before"], condition=models.Q(state="queued"), name="deliveries_due")
        ]

    def __str__(self) -> str:
        return f"{self.alert} to {self.person} by {self.channel}"
