"""The supplier's invoice as a file: read at the source, attached to our bill in the target, its hash kept (A105)."""

from typing import ClassVar

from django.db import models

from integrations.models.posting import Posting, RequestLine


class FileState(models.TextChoices):
    WAITING = "waiting", "waiting"
    ATTACHING = "attaching", "being attached"
    DOUBT = "doubt", "not sure, checking"
    ATTACHED = "attached", "attached"
    REFUSED = "refused", "cannot be attached"
    GONE = "gone", "no longer at the source"


class InvoiceFile(models.Model):
    """One file of one bill. `sha256` is of the bytes as read; the file itself is never kept here."""

    posting = models.ForeignKey(Posting, on_delete=models.CASCADE, related_name="files")
    source_key = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=100, blank=True, default="")
    length = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    state = models.CharField(max_length=10, choices=FileState, default=FileState.WAITING)
    explanation = models.CharField(max_length=300, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    target_name = models.CharField(max_length=255, blank=True, default="")
    target_key = models.CharField(max_length=100, blank=True, default="")
    attached_at = models.DateTimeField(null=True, blank=True)
    request_line = models.ForeignKey(
        RequestLine, null=True, blank=True, on_delete=models.PROTECT, related_name="invoice_files"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["posting", "source_key"], name="one_row_per_invoice_file")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["posting"],
                condition=models.Q(state__in=["waiting", "attaching", "doubt"]),
                name="invoice_files_to_attach",
            )
        ]

    def __str__(self) -> str:
        return self.name
