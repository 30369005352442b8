"""One execution of an integration, with counts."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from integrations.models.integration import Integration


class Run(models.Model):
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="runs")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    deaths = models.PositiveSmallIntegerField(default=0, help_text="Slices of this run that never came back.")
    slices = models.PositiveIntegerField(default=0)
    read = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    posted = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)
    failure = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["integration"],
                condition=models.Q(finished_at=None),
                name="one_open_run_per_integration",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["integration", "-started_at"], name="runs_by_start")]

    def __str__(self) -> str:
        return f"run of {self.integration} at {self.started_at:%Y-%m-%d %H:%M}"
