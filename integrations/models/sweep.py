"""Looking at everything again, now and then: what incremental reads missed, and what the counts say (E34, A101)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from integrations.models.connection import Connection
from integrations.models.integration import Integration
from integrations.models.record import Record


class Sweep(models.Model):
    """One whole reading of a feed or of the target's bills beside the incremental ones. `position` and `page` say
    where the next slice goes on; `seen` counts what was shown, `missed` what the incremental reads had not."""

    SOURCE, TARGET = "source", "target"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="sweeps")
    side = models.CharField(max_length=10, choices=[(SOURCE, "source"), (TARGET, "target")])
    feed = models.SlugField(max_length=40)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    position = models.DateTimeField(null=True, blank=True)
    page = models.PositiveIntegerField(default=1)
    seen = models.PositiveIntegerField(default=0)
    missed = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0, help_text="Counted by the system, yet not shown by it.")
    calls = models.PositiveIntegerField(default=0)
    gaps = models.JSONField(default=list, blank=True, help_text="Numbers that nobody has: from, to, how many.")
    gap_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["connection", "side", "feed"], condition=Q(finished_at=None), name="one_open_sweep_per_feed"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["connection", "side", "feed", "-started_at"], name="sweeps_by_start")]

    def __str__(self) -> str:
        return f"sweep of {self.feed} at {self.connection}"


class Discrepancy(models.Model):
    """Something that concerns no one record and that a person must look at; an alert goes out when it opens."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="discrepancies")
    integration = models.ForeignKey(
        Integration, null=True, blank=True, on_delete=models.CASCADE, related_name="discrepancies"
    )
    record = models.ForeignKey(Record, null=True, blank=True, on_delete=models.CASCADE, related_name="discrepancies")
    kind = models.SlugField(max_length=40)
    key = models.CharField(max_length=120, blank=True, default="")
    explanation = models.CharField(max_length=500)
    link = models.CharField(max_length=500, blank=True, default="")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "discrepancies"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["connection", "kind", "key"], condition=Q(closed_at=None), name="one_open_discrepancy_per_key"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["-opened_at"], name="discrepancies_by_age")]
        permissions: ClassVar = [("close_discrepancy", "Can close discrepancies with a reason")]

    def __str__(self) -> str:
        return self.explanation
