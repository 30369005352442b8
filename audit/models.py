"""The trail: what happened, its details, and the seals over both.

The database itself refuses changes (`triggers`); the methods here only read.
"""

from collections.abc import Mapping
from datetime import UTC
from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from audit.fields import CanonicalJSONField


class Entry(models.Model):
    """One thing that happened, by whom, to what; append-only, in the order of its id within a transaction.

    `actor` is None where the portal acted by itself. `details_digest` is empty where there are no details.
    """

    at = models.DateTimeField("when")
    action = models.CharField(max_length=100)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    actor_label = models.CharField("who", max_length=150)
    subject_kind = models.CharField("kind of subject", max_length=50)
    subject_id = models.CharField("id of subject", max_length=64)
    subject_label = models.CharField("about", max_length=200)
    document = models.CharField(max_length=100, db_index=True)
    details_digest = models.CharField(max_length=64)

    class Meta:
        default_permissions = ("view",)
        permissions: ClassVar = [("export_entries", "Can export the audit trail")]
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [
            models.Index(fields=["at"], name="audit_entry_at"),
            models.Index(fields=["action", "id"], name="audit_entry_action"),
            models.Index(fields=["subject_kind", "subject_id", "id"], name="audit_entry_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_label}, {self.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"

    @property
    def details(self) -> Mapping[str, Any]:
        """The details, or nothing where there never were any or retention erased them."""
        row = self._details_row()
        return row.details if row else {}

    @property
    def details_erased(self) -> bool:
        return bool(self.details_digest) and self._details_row() is None

    def _details_row(self) -> "EntryDetails | None":
        if not self.details_digest:
            return None
        try:
            return self.details_row
        except EntryDetails.DoesNotExist:
            return None


class EntryDetails(models.Model):
    """What retention may erase one day: before, after, and whatever else the sentence needs (E19)."""

    entry = models.OneToOneField(Entry, primary_key=True, on_delete=models.PROTECT, related_name="details_row")
    details = CanonicalJSONField()

    class Meta:
        default_permissions = ()
        verbose_name_plural = "entry details"

    def __str__(self) -> str:
        return f"details of entry {self.entry_id}"


class Seal(models.Model):
    """A signature over the entries first_id..last_id, chained to the seal before it (E20).

    `leaves` holds 24 bytes for each entry, its id and the start of its hash, so that verification can
    name the entry that was altered. `format` says which columns were hashed, in which order.
    """

    at = models.DateTimeField("when")
    format = models.PositiveSmallIntegerField()
    first_id = models.BigIntegerField("first entry")
    last_id = models.BigIntegerField("last entry", db_index=True)
    count = models.PositiveIntegerField("entries")
    leaves = models.BinaryField()
    root = models.CharField(max_length=64)
    previous = models.CharField("previous seal's digest", max_length=64)
    key_id = models.CharField("key", max_length=50)
    digest = models.CharField(max_length=64)

    class Meta:
        default_permissions = ("view",)
        permissions: ClassVar = [("verify_seals", "Can verify the audit trail")]

    def __str__(self) -> str:
        return f"seal {self.pk} over entries {self.first_id} to {self.last_id}"
