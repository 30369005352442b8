"""What was read: source documents and cursors belong to a connection and are read once (E8)."""

from typing import ClassVar

from django.db import models

from integrations.models.connection import Connection


class SourceDocument(models.Model):
    """One document as the source wrote it, however many integrations use it.

    `summary` is the list's row and `detail` the document with its lines, both the JSON text as read, numbers
    exact; where lists show whole documents there is the latter alone. `detail_due` says that the list showed a change
    whose lines have not been read yet; of a payment, that nobody has looked yet whether its bill shows it.
    """

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="documents")
    feed = models.SlugField(max_length=40)
    source_id = models.CharField(max_length=100)
    read_by = models.CharField(max_length=100, blank=True, default="", help_text="Names its newest version.")
    number = models.CharField(max_length=255, blank=True, default="")
    about = models.CharField(
        max_length=100, blank=True, default="", help_text="The document that it pays, by its id at the source."
    )
    version = models.CharField(max_length=50, blank=True, default="")
    modified_at = models.DateTimeField(null=True, blank=True)
    summary = models.TextField(blank=True, default="")
    summary_fingerprint = models.CharField(max_length=64, default="")
    detail = models.TextField(blank=True, default="")
    detail_fingerprint = models.CharField(max_length=64, blank=True, default="")
    detail_due = models.BooleanField(default=True)
    detail_read_at = models.DateTimeField(null=True, blank=True)
    detail_not_before = models.DateTimeField(null=True, blank=True)
    detail_failures = models.PositiveSmallIntegerField(default=0)
    unreadable_field = models.CharField(max_length=255, blank=True, default="")
    unreadable_reason = models.CharField(max_length=500, blank=True, default="")
    first_read_at = models.DateTimeField(auto_now_add=True)
    swept_at = models.DateTimeField(null=True, blank=True, help_text="When a sweep last saw it.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "feed", "source_id"], name="one_row_per_source_document")
        ]
        indexes: ClassVar = [
            models.Index(fields=["connection", "feed"], condition=models.Q(detail_due=True), name="details_due"),
            models.Index(fields=["connection", "about"], condition=~models.Q(about=""), name="documents_by_about"),
        ]

    def __str__(self) -> str:
        return self.number or self.source_id

    @property
    def row(self) -> str:
        """What the list showed of it: where lists show whole documents, the document."""
        return self.summary or self.detail


class Cursor(models.Model):
    """How far a feed has been read. Moves only after a complete pass; `oldest` is where reading backwards stopped.

    `scan_*` keep an unfinished pass, so that the next slice goes on with the page it stopped at.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="cursors")
    feed = models.SlugField(max_length=40)
    position = models.DateTimeField(null=True, blank=True)
    oldest = models.DateField(null=True, blank=True)
    scan_from = models.DateField(null=True, blank=True)
    scan_page = models.PositiveIntegerField(default=1)
    last_pass_at = models.DateTimeField(null=True, blank=True)
    daily_pass_at = models.DateTimeField(
        null=True, blank=True, help_text="When the last day was read once more, beside the cursor."
    )
    failures = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True, default="")
    lease_token = models.CharField(max_length=36, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "feed"], name="one_cursor_per_feed")]

    def __str__(self) -> str:
        return f"{self.connection}: {self.feed}"


class Tally(models.Model):
    """How many distinct documents were read, and for how much: the left side of A99, kept by the pull alone (E13)."""

    integration = models.ForeignKey("integrations.Integration", on_delete=models.CASCADE, related_name="tallies")
    flow = models.SlugField(max_length=40)
    currency = models.CharField(max_length=10)
    count = models.IntegerField(default=0)
    amount = models.DecimalField(max_digits=24, decimal_places=4, default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["integration", "flow", "currency"], name="one_tally_per_currency")
        ]

    def __str__(self) -> str:
        return f"{self.count} read, {self.amount} {self.currency}"


class KeptCount(models.Model):
    """What was read and what stands where as it was counted last, for pages that cannot wait until a million records
    are counted; as `integrations.counting` writes it."""

    integration = models.OneToOneField("integrations.Integration", on_delete=models.CASCADE, related_name="kept_count")
    at = models.DateTimeField()
    seconds = models.FloatField(help_text="How long the counting took.")
    read = models.JSONField(default=list)
    rows = models.JSONField(default=list)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.integration} at {self.at:%Y-%m-%d %H:%M}"
