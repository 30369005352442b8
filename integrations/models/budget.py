"""Project budgets as the engine watches them: who looks at one now, and what a held order was shown (A88)."""

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from integrations.models.connection import Connection
from integrations.models.record import Record


class ProjectBudget(models.Model):
    """The budget of one project: leased while somebody reads it and takes of it. `read_until` is the newest change
    of a commitment that was seen."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="project_budgets")
    project = models.CharField(max_length=100)
    read_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.CharField(max_length=36, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "project"], name="one_budget_per_project")
        ]

    def __str__(self) -> str:
        return f"budget of {self.project}"


class BudgetCheck(models.Model):
    """What an order that is over budget was held with: the figures that a person sees, and that an approval covers.

    `figures` are code, its name, available and needed; `kept_out` the people who had a hand in the order's rows.
    """

    record = models.OneToOneField(Record, on_delete=models.CASCADE, related_name="budget_check")
    project = models.CharField(max_length=100)
    content = models.CharField(max_length=64)
    currency = models.CharField(max_length=10, blank=True, default="")
    strict = models.BooleanField(default=False)
    figures = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    kept_out = models.JSONField(default=list)
    checked_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"budget of {self.record}"
