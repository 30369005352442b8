"""What stands in the target, and every write that was ever meant for it (E1)."""

from typing import ClassVar

from django.db import models

from integrations.models.connection import Connection
from integrations.models.record import Record
from integrations.models.run import Run


class Standing(models.TextChoices):
    """What stands in the target; `claimed` is ours by right but nothing is known to stand yet."""

    NOTHING = "nothing", "nothing"
    DRAFT = "draft", "draft"
    LEDGER = "ledger", "in the ledger"
    REMOVED = "removed", "removed in target"


class Posting(models.Model):
    """One document of ours in the target. The unique reference is what keeps a second one from arising (A2).

    The reference is made from the source company, feed and source id, so two integrations that see the same
    document claim the same row, and only one of them gets it.
    """

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="postings", db_index=False)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="postings")
    kind = models.SlugField(max_length=30)
    reference = models.CharField(max_length=100)
    project = models.CharField(max_length=100, blank=True, default="", help_text="Its project's id there, if any.")
    target_id = models.CharField(max_length=100, blank=True, default="")
    target_version = models.CharField(max_length=60, blank=True, default="")
    standing = models.CharField(max_length=10, choices=Standing, default=Standing.NOTHING)
    status_word = models.CharField(max_length=40, blank=True, default="", help_text="The target's own word.")
    number = models.CharField(max_length=255, blank=True, default="")
    currency = models.CharField(max_length=10, blank=True, default="")
    source_total = models.DecimalField(max_digits=24, decimal_places=4, null=True, blank=True)
    target_total = models.DecimalField(max_digits=24, decimal_places=4, null=True, blank=True)
    document_date = models.DateField(null=True, blank=True)
    paid_at_source = models.BooleanField(default=False)
    paid_on = models.DateField(null=True, blank=True, help_text="The source's day of payment.")
    taken_from = models.ForeignKey(
        Record, null=True, blank=True, on_delete=models.PROTECT, related_name="given_away",
        help_text="The order whose draft this is until it has been written over as the bill (A9).",
    )  # fmt: skip
    sent_fingerprint = models.CharField(max_length=64, blank=True, default="", help_text="Hash of what we sent.")
    stored_fingerprint = models.CharField(max_length=64, blank=True, default="", help_text="Hash of what stood after.")
    linked = models.BooleanField(default=False, help_text="Somebody else made it, and a person linked it (A42).")
    removed_by_us = models.BooleanField(default=False)
    files_due = models.BooleanField(default=False, help_text="Its suppliers' files are still to be looked for.")
    posted_at = models.DateTimeField(null=True, blank=True)
    run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["connection", "kind", "reference"], name="one_target_document_per_reference"
            ),
            # A bill has one contract payment for each of its payments.
            models.UniqueConstraint(
                fields=["record", "kind"],
                condition=~models.Q(kind__in=["contract-payment", "project-vendor"]),
                name="one_posting_of_a_kind_per_record",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["connection", "target_id"], name="postings_by_target"),
            # Every document of ours in a target links to its record by nothing else (A106).
            models.Index(fields=["reference"], name="postings_by_reference"),
            # Also the foreign key's own: where a record is, is told without reading the posting.
            models.Index(fields=["record", "standing", "kind"], name="postings_by_record"),
            models.Index(fields=["record"], condition=models.Q(standing="draft"), name="postings_in_draft"),
            models.Index(fields=["record"], condition=models.Q(standing="removed"), name="postings_removed"),
            models.Index(fields=["record"], condition=models.Q(files_due=True), name="postings_with_files_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number or self.reference}"


class Outcome(models.TextChoices):
    INTENDED = "intended", "intended"
    DROPPED = "dropped", "not sent"
    UNKNOWN = "unknown", "no answer"
    DONE = "done", "done"
    REFUSED = "refused", "refused"
    FOUND = "found", "found by look-up"
    ABSENT = "absent", "looked up, not there"


class Request(models.Model):
    """One HTTP write over one step of many postings: its exact bytes' hash, its key and its outcome."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="requests")
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="requests")
    template = models.CharField(max_length=120)
    method = models.CharField(max_length=6)
    body_hash = models.CharField(max_length=64)
    key = models.CharField(max_length=128)
    intended_at = models.DateTimeField()
    settles_at = models.DateTimeField(help_text="From here on a lost write must have ended (E3).")
    answered_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.INTENDED)
    explanation = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["connection", "settles_at"],
                condition=models.Q(outcome__in=["intended", "unknown"]),
                name="requests_not_settled",
            )
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


class RequestLine(models.Model):
    """Ties one request to one step of one posting; the constraint lets no attempt be made twice."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="lines")
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="lines")
    step = models.CharField(max_length=20)
    content_version = models.CharField(max_length=64)
    attempt = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.INTENDED)
    expected_total = models.DecimalField(max_digits=24, decimal_places=4, null=True, blank=True)
    contact = models.CharField(max_length=100, blank=True, default="")
    stood_before = models.CharField(
        max_length=64, blank=True, default="", help_text="Fingerprint, if not as we left it."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["posting", "step", "content_version", "attempt"], name="one_line_per_attempt"
            )
        ]

    def __str__(self) -> str:
        return f"{self.step} of {self.posting_id}, attempt {self.attempt}"


class UsedRow(models.Model):
    """Which table row, in which version, a posting was translated with (A39, E9)."""

    posting = models.ForeignKey(Posting, on_delete=models.CASCADE, related_name="used_rows")
    table = models.CharField(max_length=40)
    row = models.PositiveBigIntegerField()
    version = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["posting", "table", "row"], name="one_used_row_per_posting")
        ]
        indexes: ClassVar = [models.Index(fields=["table", "row"], name="used_rows_by_row")]

    def __str__(self) -> str:
        return f"{self.table} row {self.row}, version {self.version}"
