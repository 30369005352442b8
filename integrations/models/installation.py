"""This installation itself: which one it is, and whether its workers live."""

from datetime import datetime

from django.conf import settings
from django.db import models


class Installation(models.Model):
    """The database's own idea of where it runs; a restored or copied database shows itself here (E5)."""

    site = models.CharField(max_length=200)
    epoch = models.CharField(max_length=36)
    token = models.CharField(max_length=12, help_text="Part of every reference: tells our documents from others'.")
    doubted_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        permissions = [("confirm_installation", "Can confirm that this copy may post")]

    def __str__(self) -> str:
        return self.site

    def may_have_forgotten(self, changed: datetime | None) -> bool:
        """Whether what changed then may have been posted by a life of this database that it lost.

        A restored backup reads such documents as new: they, too, are looked up before their first write (E5).
        """
        return self.confirmed_at is not None and (changed is None or changed <= self.confirmed_at)


class Heartbeat(models.Model):
    """The last sign of life of a worker, the tick or the supervisor (E28)."""

    name = models.CharField(max_length=60, unique=True)
    at = models.DateTimeField()
    epoch = models.CharField(max_length=36, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%H:%M:%S}"
