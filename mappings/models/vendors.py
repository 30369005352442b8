"""Vendor here = contact there (A70 to A74)."""

from collections.abc import Mapping
from typing import ClassVar

from django.conf import settings
from django.db import models

from mappings import keys, offered
from mappings.models.books import Kind, ReferenceEntry
from mappings.models.row import MappingQuerySet, MappingRow
from mappings.models.scope import Scope


class LinkState(models.TextChoices):
    PROPOSED = "proposed", "proposed"
    CONFIRMED = "confirmed", "confirmed"


class VendorLink(MappingRow):
    """Only a confirmed link is used.

    `base` holds, per side and field, what that side returned after our last write (E10); it is kept by whoever
    writes there and is no part of the decision.
    """

    table = keys.VENDOR
    content = ("scope_id", "source_key", "currency", "target_id", "evidence", "state")
    action_prefix = "vendor_link"
    source_fields: ClassVar[dict[str, str]] = {"source_key": Kind.VENDOR}
    target_uses: ClassVar[dict[str, str]] = {"target": offered.CONTACT}

    source_key = models.CharField("vendor", max_length=100)
    currency = models.CharField(
        max_length=10, blank=True, default="", help_text="Empty: any. For targets where a contact has one currency."
    )
    target = models.ForeignKey(
        ReferenceEntry, on_delete=models.PROTECT, related_name="vendor_links", verbose_name="contact"
    )
    evidence = models.CharField(max_length=300, blank=True, default="", help_text="Why these two are one.")
    state = models.CharField(max_length=10, choices=LinkState, default=LinkState.PROPOSED)
    base = models.JSONField(default=dict, blank=True, editable=False)

    objects = MappingQuerySet["VendorLink"].as_manager()

    class Meta:
        verbose_name = "vendor link"
        verbose_name_plural = "vendor links"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scope", "source_key", "currency"],
                name="one_link_per_vendor_and_currency",
                violation_error_message="This vendor is linked already for this currency. Change that link.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.label_of('source_key')} = {self.target}"

    def tidy(self) -> None:
        self.source_key, self.currency = keys.vendor_key(self.source_key, self.currency).parts

    def lookup_keys(self) -> tuple[keys.LookupKey, ...]:
        """A proposal answers nothing."""
        confirmed = self.state == LinkState.CONFIRMED
        return (keys.vendor_key(self.source_key, self.currency),) if confirmed else ()

    def described(self) -> Mapping[str, str]:
        said = {
            "vendor": self.label_of("source_key"),
            "currency": self.currency,
            "contact": str(self.target),
            "state": self.state,
            "evidence": self.evidence,
        }
        return {name: value for name, value in said.items() if value}


class ToldApart(models.Model):
    """A person said that this vendor is not that contact: no evidence links or proposes the two any more (A70).

    A link that a person makes of them later counts more.
    """

    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="told_apart")
    source_key = models.CharField(max_length=100)
    contact_key = models.CharField(max_length=100)
    reason = models.CharField(max_length=400)
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scope", "source_key", "contact_key"], name="one_row_per_pair_told_apart")
        ]
        indexes: ClassVar = [models.Index(fields=["scope", "contact_key"], name="told_apart_by_contact")]

    def __str__(self) -> str:
        return f"{self.source_key} is not {self.contact_key}"
