"""Every call over the network, without its contents; kept fourteen days (E26)."""

from typing import ClassVar

from django.db import models

from integrations.models.connection import Connection


class Exchange(models.Model):
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="exchanges")
    started_at = models.DateTimeField(db_index=True)
    method = models.CharField(max_length=6)
    template = models.CharField(max_length=120, help_text="Never holds an id of a company.")
    status = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField()
    correlation_id = models.CharField(max_length=64, blank=True, default="")
    error = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["connection", "-started_at"], name="exchanges_by_connection")]

    def __str__(self) -> str:
        return f"{self.method} {self.template}: {self.status or self.error}"
