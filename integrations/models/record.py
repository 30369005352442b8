"""One source document seen by one integration: the queue, the ledger and the link in one row."""

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models

from integrations.models.integration import Integration
from integrations.models.source import SourceDocument

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


class Work(models.TextChoices):
    """How far our work is; the other fact, what stands in the target, is `Posting.standing` (A2)."""

    NOT_APPROVED = "not-approved", "not yet approved"
    BEFORE_START = "before-start", "before start"
    WAITING = "waiting", "waiting"
    POSTING = "posting", "posting"
    DOUBT = "doubt", "not sure, checking"
    HELD = "held", "held"
    APPROVAL = "approval", "awaiting approval"
    EXCLUDED_RULE = "excluded-rule", "excluded by rule"
    EXCLUDED_PERSON = "excluded-person", "excluded by a person"
    COVERED = "covered", "covered by another document"
    WITHDRAWN = "withdrawn", "withdrawn"
    DONE = "done", "done"


class RecordQuerySet(models.QuerySet["Record"]):
    def visible_to(self, user: "AbstractBaseUser | AnonymousUser") -> "RecordQuerySet":
        return self.filter(integration__in=Integration.objects.visible_to(user))


class Record(models.Model):
    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="records")
    flow = models.SlugField(max_length=40)
    document = models.ForeignKey(SourceDocument, on_delete=models.PROTECT, related_name="records")
    work = models.CharField(max_length=20, choices=Work, default=Work.WAITING)
    number = models.CharField(max_length=255, blank=True, default="")
    vendor_name = models.CharField(max_length=255, blank=True, default="")
    vendor_key = models.CharField(max_length=100, blank=True, default="", help_text="The vendor's id at the source.")
    currency = models.CharField(max_length=10, blank=True, default="")
    amount = models.DecimalField(max_digits=24, decimal_places=4, default=0)
    base_rate = models.DecimalField(
        max_digits=20, decimal_places=8, null=True, blank=True, help_text="Base currency per unit, by the source (A59)."
    )
    document_date = models.DateField(null=True, blank=True)
    content_version = models.CharField(max_length=64, blank=True, default="", help_text="What was last translated.")
    hold_reason = models.SlugField(max_length=40, blank=True, default="")
    explanation = models.TextField(blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    look_up_first = models.BooleanField(default=False, help_text="Look in the target before the first write (E5).")
    covered_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="covers")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    changed_at = models.DateTimeField()

    objects = RecordQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["integration", "flow", "document"], name="one_record_per_document")
        ]
        indexes: ClassVar = [
            models.Index(fields=["integration", "flow", "work", "id"], name="records_by_work"),
            models.Index(fields=["work", "id"], name="records_by_work_alone"),
            # What waits for people, newest first, counted without its rows.
            models.Index(
                fields=["id", "integration", "flow"],
                condition=models.Q(work__in=["held", "approval"]),
                name="records_stopped",
            ),
            models.Index(fields=["hold_reason", "id"], condition=~models.Q(hold_reason=""), name="records_by_reason"),
            # The operator classes let PostgreSQL search by the beginning in any language's order (E25).
            models.Index(fields=["number"], opclasses=["varchar_pattern_ops"], name="records_by_number_start"),
            models.Index(
                fields=["integration", "vendor_key"], condition=~models.Q(vendor_key=""), name="records_by_vendor"
            ),
            models.Index(fields=["vendor_name"], opclasses=["varchar_pattern_ops"], name="records_by_vendor_start"),
        ]
        permissions: ClassVar = [
            ("release_record", "Can release held records"),
            ("replay_record", "Can replay records"),
            ("exclude_record", "Can exclude records and include them again"),
            ("approve_record", "Can approve and reject records"),
            ("approve_over_budget", "Can approve orders that are over their project's budget"),
            ("link_record", "Can link records to documents that stand in the target"),
            ("post_beside_record", "Can ask to post records beside existing documents"),
            ("redate_record", "Can ask to post records on another date"),
        ]

    def __str__(self) -> str:
        return self.number or f"document {self.document_id}"


class Gap(models.Model):
    """One thing a lookup table lacks for this record. The record goes on when its last gap closes (E9)."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="gaps")
    table = models.CharField(max_length=40)
    key = models.CharField(max_length=500)
    label = models.CharField(max_length=500)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record", "table", "key"],
                condition=models.Q(closed_at=None),
                name="one_open_gap_per_record_and_key",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["table", "key"], condition=models.Q(closed_at=None), name="open_gaps_by_key")
        ]

    def __str__(self) -> str:
        return self.label


class Flag(models.Model):
    """Something a person should look at; never moves a record out of done."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="flags")
    kind = models.SlugField(max_length=40)
    explanation = models.CharField(max_length=500)
    details = models.JSONField(default=dict, blank=True, help_text="Field by field: what we wrote, what stands.")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record", "kind"], condition=models.Q(closed_at=None), name="one_open_flag_per_kind"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["kind", "record"], condition=models.Q(closed_at=None), name="open_flags_by_kind")
        ]
        permissions: ClassVar = [
            ("accept_drift", "Can accept what somebody changed in the target"),
            ("restore_drift", "Can restore what we wrote in the target"),
        ]

    def __str__(self) -> str:
        return self.explanation


class Note(models.Model):
    """What a person wrote on a record (E18)."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=2000)
    written_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.text
