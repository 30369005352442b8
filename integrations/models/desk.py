"""What people add at their desks (E18): attachments, saved filters, and what they have looked at."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from integrations.models.record import Record


class HeldRecord(Record):
    """A record as the list of what is held shows it; no rows of its own."""

    class Meta:
        proxy = True
        default_permissions = ()
        permissions: ClassVar = [("assign_record", "Can assign records to people")]
        verbose_name = "held record"
        verbose_name_plural = "held"


class Attachment(models.Model):
    """A link that a person put on a record: the supplier's mail, the delivery note."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="attachments")
    text = models.CharField(max_length=200)
    address = models.CharField(max_length=500)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.text


class Look(models.Model):
    """When a person last opened a record's page; what changed since then is told from it."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="looks")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "record"], name="one_look_per_person")]

    def __str__(self) -> str:
        return f"{self.person} at {self.at:%Y-%m-%d %H:%M}"


class SavedFilter(models.Model):
    """A person's own name for a choice of filters; `query` is what stands after the list's address."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    page = models.CharField(max_length=10, choices=[("held", "Held"), ("record", "Records")])
    query = models.CharField(max_length=1000)

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "page", "name"], name="one_saved_filter_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class Preview(models.Model):
    """What a run would post, found out without writing anything; counts for nothing once a run came after it (E35)."""

    integration = models.ForeignKey("integrations.Integration", on_delete=models.CASCADE, related_name="previews")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    vendors = models.JSONField(default=list)
    failure = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["integration", "-asked_at"], name="previews_by_time")]

    def __str__(self) -> str:
        return f"preview of {self.integration} at {self.asked_at:%Y-%m-%d %H:%M}"


class PreviewRow(models.Model):
    """What would become of one record: the place, why, and the document as it would be sent."""

    preview = models.ForeignKey(Preview, on_delete=models.CASCADE, related_name="rows")
    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="+")
    place = models.SlugField(max_length=40)
    step = models.CharField(max_length=10, blank=True, default="")
    why = models.TextField(blank=True, default="")
    currency = models.CharField(max_length=10, blank=True, default="")
    total = models.DecimalField(max_digits=24, decimal_places=4, default=0)
    document = models.JSONField(null=True)
    stands = models.JSONField(null=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["preview", "record"], name="one_row_per_preview")]

    def __str__(self) -> str:
        return f"{self.record}: {self.place}"
