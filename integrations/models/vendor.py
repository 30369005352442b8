"""A vendor kept in step: its two sides, what becomes of it next, and what differs (E10)."""

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q

from integrations.models.integration import Integration
from integrations.models.record import Record
from mappings.models import VendorLink

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


class Side(models.TextChoices):
    """Which of an integration's two systems."""

    SOURCE = "source", "source"
    TARGET = "target", "target"


class VendorStep(models.TextChoices):
    """What would be done next; nothing for a vendor that is linked."""

    NOTHING = "", "nothing"
    CREATE_IN_TARGET = "create-target", "create in accounting"
    CREATE_IN_SOURCE = "create-source", "create in procurement"
    LINK = "link", "link, if a person says so"


# In `chosen`: it waits for its own instead of being created.
LOOKING = "looking"


class VendorSidesQuerySet(models.QuerySet["VendorSides"]):
    def visible_to(self, user: "AbstractBaseUser | AnonymousUser") -> "VendorSidesQuerySet":
        return self.filter(integration__in=Integration.objects.visible_to(user))


class VendorSides(models.Model):
    """One vendor of one integration: its ids in both systems, empty where it is not yet.

    `differences` is what the last comparison found, field by field; `chosen` what a person chose of a conflict,
    bound to the values they saw, and whether one that is like nobody there waits for its own instead of being
    created; `sent` what an intent is about to write to a side, with what the other side had then, so that a lost
    answer can still move both bases. The values themselves stand in the source documents.
    """

    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="vendor_sides")
    record = models.OneToOneField(Record, on_delete=models.PROTECT, related_name="vendor_sides")
    source_key = models.CharField(max_length=100, blank=True, default="")
    target_key = models.CharField(max_length=100, blank=True, default="")
    link = models.ForeignKey(VendorLink, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    step = models.CharField(max_length=20, choices=VendorStep, blank=True, default=VendorStep.NOTHING)
    near_key = models.CharField(max_length=100, blank=True, default="", help_text="Whom it may be the same as.")
    near_name = models.CharField(max_length=255, blank=True, default="")
    evidence = models.CharField(max_length=300, blank=True, default="")
    differences = models.JSONField(default=list, blank=True)
    chosen = models.JSONField(default=dict, blank=True)
    sent = models.JSONField(default=dict, blank=True, help_text="What the last intent sent, until its answer is known.")
    created_in = models.CharField(max_length=10, choices=Side, blank=True, default="")
    created_at = models.DateTimeField(null=True, blank=True)

    objects = VendorSidesQuerySet.as_manager()

    class Meta:
        verbose_name = "vendor"
        verbose_name_plural = "vendors"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["integration", "source_key"], condition=~Q(source_key=""), name="one_row_per_source_vendor"
            ),
            models.UniqueConstraint(
                fields=["integration", "target_key"], condition=Q(source_key=""), name="one_row_per_lone_contact"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["integration", "target_key"], name="vendors_by_contact")]
        permissions: ClassVar = [
            ("confirm_vendorsides", "Can confirm the first list of vendors"),
            ("decide_vendorsides", "Can settle conflicts and decide what becomes of vendors"),
        ]

    def __str__(self) -> str:
        return self.record.vendor_name or self.source_key or self.target_key
