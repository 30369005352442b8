"""A reconciliation as it was made once: its figures, its hash, and the two people who stand for it (A102, A104)."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from integrations.models.integration import Integration
from integrations.models.record import Record

AMOUNT: dict[str, Any] = {"max_digits": 24, "decimal_places": 4, "default": 0}


class ReportRun(models.Model):
    """Prepared by one person, reviewed by another; enforced here, for administrators too (A104)."""

    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="report_runs")
    as_of = models.DateField()
    with_balances = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=500, blank=True, default="")
    terms = models.JSONField(default=dict, blank=True, help_text="The settings it was made with.")
    figures = models.JSONField(default=dict, blank=True, help_text="Per currency: source, ledger, drafts, rest, count.")
    adds_up = models.BooleanField(default=False)
    hash = models.CharField(max_length=64, blank=True, default="")
    prepared_by = models.ForeignKey("auth.User", on_delete=models.PROTECT, related_name="+")
    reviewed_by = models.ForeignKey("auth.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    remark = models.CharField(max_length=500, blank=True, default="")
    second_person = models.BooleanField(default=True, help_text="Whether the second person was required then.")

    class Meta:
        verbose_name = "reconciliation"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(second_person=False) | Q(reviewed_by=None) | ~Q(reviewed_by=F("prepared_by")),
                name="nobody_reviews_their_own_report",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["integration", "-asked_at"], name="report_runs_by_age")]
        permissions: ClassVar = [
            ("run_report", "Can prepare a reconciliation"),
            ("review_report", "Can review a reconciliation"),
        ]

    def __str__(self) -> str:
        return f"{self.integration} as of {self.as_of}"

    @property
    def of_projects(self) -> bool:
        return bool(self.terms.get("keeps") == "project books")

    def clean(self) -> None:
        if self.second_person and self.reviewed_by_id and self.reviewed_by_id == self.prepared_by_id:
            raise ValidationError("A second person must review it: you prepared it yourself.")


class ReportLine(models.Model):
    """One vendor, currency and posting month; `causes` are the sums of its listed differences.

    In project books it is of one project and one `kind` of posting: orders and bills are never added up.
    """

    run = models.ForeignKey(ReportRun, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    vendor = models.CharField(max_length=255)
    currency = models.CharField(max_length=10)
    month = models.DateField(null=True, blank=True)
    project = models.CharField(max_length=255, blank=True, default="")
    kind = models.SlugField(max_length=30, blank=True, default="", help_text="What is compared, in project books.")
    source_count = models.PositiveIntegerField(default=0)
    source = models.DecimalField(**AMOUNT)
    ledger_count = models.PositiveIntegerField(default=0)
    ledger = models.DecimalField(**AMOUNT)
    draft = models.DecimalField(**AMOUNT)
    causes = models.JSONField(default=dict)
    rest = models.DecimalField(**AMOUNT)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "position"], name="one_report_line_per_place")]

    def __str__(self) -> str:
        return f"{self.vendor}, {self.currency}, {self.month}"


class ReportDifference(models.Model):
    """One record that stands differently on both sides, with its cause."""

    run = models.ForeignKey(ReportRun, on_delete=models.CASCADE, related_name="differences")
    position = models.PositiveIntegerField()
    record = models.ForeignKey(Record, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=255, blank=True, default="")
    vendor = models.CharField(max_length=255)
    currency = models.CharField(max_length=10)
    month = models.DateField(null=True, blank=True)
    project = models.CharField(max_length=255, blank=True, default="")
    kind = models.SlugField(max_length=30, blank=True, default="", help_text="What is compared, in project books.")
    cause = models.SlugField(max_length=30)
    amount = models.DecimalField(**AMOUNT)
    words = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "position"], name="one_report_difference_per_place")
        ]
        indexes: ClassVar = [
            models.Index(fields=["run", "vendor", "currency", "month"], name="differences_by_line"),
            models.Index(fields=["run", "cause"], name="differences_by_cause"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.amount} {self.currency}"


class ReportBalance(models.Model):
    """What is open per vendor today: ours, others', and what the target itself says (A103)."""

    run = models.ForeignKey(ReportRun, on_delete=models.CASCADE, related_name="balances")
    position = models.PositiveIntegerField()
    contact = models.CharField(max_length=100)
    vendor = models.CharField(max_length=255)
    currency = models.CharField(max_length=40)
    ours = models.DecimalField(**AMOUNT)
    others = models.DecimalField(**AMOUNT)
    drafts = models.DecimalField(**AMOUNT)
    credits = models.DecimalField(**AMOUNT)
    balance = models.DecimalField(**AMOUNT)
    comparable = models.BooleanField(default=True)
    rest = models.DecimalField(**AMOUNT)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "position"], name="one_balance_per_place")]

    def __str__(self) -> str:
        return f"{self.vendor}: {self.balance} {self.currency}"
