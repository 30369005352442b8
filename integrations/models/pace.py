"""The budget of calls per connection, shared by all workers and machines (E23)."""

from typing import ClassVar

from django.db import models

from integrations.models.connection import Connection


class PaceWindow(models.Model):
    """Calls taken in one running window; `remaining` is what the system's own headers last said.

    The minute flows: its `started_at` is when the whole budget will be free again. `refusals` counts answers of
    429 in a row, each of which doubles the pause where the system names none.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="pace")
    window = models.CharField(max_length=10, choices=[("minute", "minute"), ("day", "day")])
    started_at = models.DateTimeField()
    used = models.PositiveIntegerField(default=0)
    remaining = models.IntegerField(null=True, blank=True)
    refusals = models.PositiveSmallIntegerField(default=0)
    closed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "window"], name="one_row_per_pace_window")
        ]

    def __str__(self) -> str:
        return f"{self.connection}: {self.used} this {self.window}"


class PaceSlot(models.Model):
    """One of the calls that may be under way at once; held under a lease that a dead worker loses."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="slots")
    number = models.PositiveSmallIntegerField()
    lease_token = models.CharField(max_length=36, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "number"], name="one_row_per_pace_slot")]

    def __str__(self) -> str:
        return f"{self.connection} call {self.number}"
