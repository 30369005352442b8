"""One authorised account at one outside system, and the tokens that open it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from fernet_fields import EncryptedTextField

from integrations.systems import SYSTEM_LABELS
from mappings.models import Books


class TokenSet(models.Model):
    """The tokens of one consent: stored once, refreshed once, shared by every organisation of that user.

    Refreshed under a lease across all workers (E22): claim, commit, call, save where the lease still matches.
    `generation` grows with every saved refresh, so that a worker sees that another one refreshed first.
    """

    system = models.SlugField(max_length=30)
    subject_digest = models.CharField(max_length=64, help_text="Keyed digest of the consenting user.")
    access_token = EncryptedTextField(blank=True, default="")
    refresh_token = EncryptedTextField(blank=True, default="")
    access_expires_at = models.DateTimeField(null=True, blank=True)
    refreshed_at = models.DateTimeField(null=True, blank=True)
    scopes = models.TextField(blank=True, default="")
    generation = models.PositiveIntegerField(default=0)
    lease_token = models.CharField(max_length=36, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["system", "subject_digest"], name="one_token_set_per_consent")
        ]

    def __str__(self) -> str:
        return f"{SYSTEM_LABELS.get(self.system, self.system)} sign-in"


class Health(models.TextChoices):
    NEVER = "never", "not connected yet"
    CONNECTED = "connected", "connected"
    RECONNECT = "reconnect", "reconnect needed"
    PERMISSION = "permission", "needs more permission"
    THROTTLED = "throttled", "throttled"
    SUSPENDED = "suspended", "access suspended"
    UNREACHABLE = "unreachable", "unreachable"
    DISCONNECTED = "disconnected", "disconnected"


class Connection(models.Model):
    """One company at one outside system. Credentials and tenant id are encrypted, never shown, never logged."""

    system = models.SlugField(max_length=30, choices=sorted(SYSTEM_LABELS.items()))
    label = models.CharField(max_length=100, unique=True, help_text="What your people call this account.")
    books = models.ForeignKey(Books, null=True, blank=True, on_delete=models.PROTECT, related_name="connections")
    token_set = models.ForeignKey(
        TokenSet, null=True, blank=True, on_delete=models.SET_NULL, related_name="connections"
    )
    domain = models.CharField(max_length=63, blank=True, default="", help_text="Procurify: acme for acme.procurify.com")
    client_id = EncryptedTextField(blank=True, default="")
    client_secret = EncryptedTextField(blank=True, default="")
    tenant_id = EncryptedTextField(blank=True, default="")
    tenant_digest = models.CharField(max_length=64, blank=True, default="", db_index=True)
    tenant_connection_id = EncryptedTextField(blank=True, default="")
    company_name = models.CharField(max_length=255, blank=True, default="")
    country = models.CharField(max_length=10, blank=True, default="")
    locked_until = models.DateField(null=True, blank=True, help_text="The last closed day in this company's books.")
    health = models.CharField(max_length=15, choices=Health, default=Health.NEVER)
    health_until = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    refused_since = models.DateTimeField(
        null=True, blank=True, help_text="Every answer since then was a refusal; a suspension may look like that."
    )
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True, default="")
    last_cause = models.SlugField(max_length=40, blank=True, default="", help_text="Its row among the explanations.")
    last_error_at = models.DateTimeField(null=True, blank=True)
    warnings = models.JSONField(default=list, blank=True)
    lists_read_at = models.DateTimeField(null=True, blank=True)
    contacts_read_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["system", "tenant_digest"],
                condition=~Q(tenant_digest=""),
                name="one_connection_per_company",
            )
        ]
        permissions: ClassVar = [
            ("connect_connection", "Can connect, reconnect and disconnect a connection"),
            ("test_connection", "Can test a connection"),
            ("suspend_connection", "Can stop all calls of a connection and let them go on"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def usable(self) -> bool:
        return self.health in (Health.CONNECTED, Health.THROTTLED, Health.UNREACHABLE, Health.PERMISSION)
