"""One configured pair of connections, with its schedule and its policies."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from integrations.models.connection import Connection
from integrations.pairs import PAIR_LABELS
from integrations.zones import zones
from mappings.models import Scope

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


class GapPolicy(models.TextChoices):
    PAUSE = "pause", "pause the batch until the gap is filled"
    HOLD = "hold", "hold the record and go on with the others"


class ScheduleKind(models.TextChoices):
    MANUAL = "manual", "only by hand"
    EVERY = "every", "every few minutes"
    DAILY = "daily", "daily at a time"
    CRON = "cron", "by a cron expression"


class BillsFrom(models.TextChoices):
    ORDERS = "orders", "purchase orders"
    BILLS_ELSE_ORDERS = "bills-else-orders", "bills, else purchase orders"
    BILLS = "bills", "Procurify bills"


class DateFrom(models.TextChoices):
    INVOICE = "invoice", "the supplier's invoice date"
    POSTING = "posting", "the source's posting date"


class TaxFrom(models.TextChoices):
    SOURCE = "source", "the source (its amounts are sent)"
    TARGET = "target", "the target (it computes)"


class ApprovalRule(models.TextChoices):
    NEVER = "never", "never"
    ABOVE = "above", "above an amount"
    ALWAYS = "always", "always"


class VendorPolicy(models.TextChoices):
    BOTH = "both", "both ways: new ones and edits reach the other system"
    LINK = "link", "link only: nothing is written to vendors"


class IntegrationQuerySet(models.QuerySet["Integration"]):
    def visible_to(self, user: "AbstractBaseUser | AnonymousUser") -> "IntegrationQuerySet":
        """All by default; a user with rows in `limited_to` sees only those (E14)."""
        if user.pk is None:
            return self
        limited = self.filter(limited_to__pk=user.pk)
        return limited if limited.exists() else self


class Integration(models.Model):
    """Source connection to target connection. Starts in trial mode: everything but the sending (E35)."""

    pair = models.SlugField(max_length=40, choices=sorted(PAIR_LABELS.items()))
    name = models.CharField(max_length=100, unique=True)
    source = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="integrations_from")
    target = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="integrations_to")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="integrations")
    enabled = models.BooleanField(default=False, help_text="Runs by its schedule.")
    trial = models.BooleanField("trial mode", default=True, help_text="Reads, translates and holds; sends nothing.")
    start_date = models.DateField(help_text="Documents dated and approved before this day are listed, not posted.")
    on_gap = models.CharField(max_length=10, choices=GapPolicy, default=GapPolicy.PAUSE)
    bills_from = models.CharField(max_length=20, choices=BillsFrom, default=BillsFrom.BILLS_ELSE_ORDERS)
    date_from = models.CharField(max_length=10, choices=DateFrom, default=DateFrom.INVOICE)
    bills_paid_at_source = models.BooleanField(
        default=False, help_text="Bills are paid in procurement: paid ones are posted, saying that nobody pays them."
    )
    hold_without_number = models.BooleanField(
        default=False, help_text="Bills without a supplier's number wait instead of getting an artificial one."
    )
    over_billing_percent = models.DecimalField(
        max_digits=6, decimal_places=3, null=True, blank=True, validators=[MinValueValidator(0)],
        help_text="How much more than ordered may be billed. Where both are set, the smaller counts.",
    )  # fmt: skip
    over_billing_amount = models.DecimalField(
        max_digits=18, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)],
        help_text="As an amount in the document's currency.",
    )  # fmt: skip
    tax_from = models.CharField(max_length=10, choices=TaxFrom, default=TaxFrom.SOURCE)
    include_card_orders = models.BooleanField(default=False)
    approval_rule = models.CharField(max_length=10, choices=ApprovalRule, default=ApprovalRule.NEVER)
    approval_above = models.DecimalField(
        max_digits=18, decimal_places=2, null=True, blank=True, help_text="In the base currency."
    )
    vendors = models.CharField(max_length=10, choices=VendorPolicy, default=VendorPolicy.BOTH)
    new_vendors_need_approval = models.BooleanField(
        default=False, help_text="A vendor is created in the other system only after somebody approved it."
    )
    vendor_changes_need_approval = models.BooleanField(
        default=True, help_text="Changes of who is paid, and how, wait before they reach accounting."
    )
    vendor_group = models.CharField(
        max_length=255,
        blank=True,
        default="",
        help_text="Contacts of this group count as suppliers, too, before their first bill.",
    )
    vendors_confirmed_at = models.DateTimeField(null=True, blank=True)
    watch_accounts = models.BooleanField(
        "watch accounts and tracking",
        default=False,
        help_text="Flags our documents whose accounts or tracking were changed in the target, besides vendor, "
        "currency and amounts.",
    )
    attach_files = models.BooleanField(
        "attach suppliers' invoice files",
        default=False,
        help_text="Attaches the files of a source's bill to the target's bill. A bill is never held for its files.",
    )
    schedule = models.CharField(max_length=10, choices=ScheduleKind, default=ScheduleKind.MANUAL)
    every_minutes = models.PositiveIntegerField(default=15, validators=[MinValueValidator(1)])
    daily_at = models.TimeField(null=True, blank=True)
    cron = models.CharField(max_length=100, blank=True, default="")
    time_zone = models.CharField(max_length=60, default="UTC")
    pause_passed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Gaps held until then no longer pause the batch (A69)."
    )
    next_run_at = models.DateTimeField(null=True, blank=True)
    last_run_at = models.DateTimeField(null=True, blank=True)
    left_until = models.DateTimeField(
        null=True, blank=True, help_text="Work that was left waits for this moment, whatever the schedule says."
    )
    lease_token = models.CharField(max_length=36, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    limited_to = models.ManyToManyField(
        "auth.User",
        blank=True,
        related_name="+",
        help_text="They see this integration, those where they are chosen too, and no other. "
        "Who is chosen nowhere sees all of them.",
    )

    objects = IntegrationQuerySet.as_manager()

    class Meta:
        permissions: ClassVar = [
            ("sync_integration", "Can start a sync"),
            ("post_integration", "Can start posting"),
            ("pass_pause_integration", "Can let the rest of a paused batch go on"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self._refuse_a_foreign_scope()
        if self.time_zone not in zones():
            raise ValidationError({"time_zone": "Choose a time zone by its name, for example Europe/London."})
        self.next_due(after=None)

    def seen_by(self) -> Q:
        """Of people, those who see it: whoever is chosen here, and whoever is limited to none (E14)."""
        limited = type(self).limited_to.through.objects
        return Q(pk__in=limited.filter(integration=self.pk).values("user")) | ~Q(pk__in=limited.values("user"))

    def next_due(self, after: datetime | None) -> datetime | None:
        """The next moment this integration runs by its own schedule, aware UTC; None when only by hand."""
        from integrations.schedules import next_due

        return next_due(self, after)

    def _refuse_a_foreign_scope(self) -> None:
        if self.scope_id is None or self.source_id is None or self.target_id is None:
            return
        if (self.scope.source_books_id, self.scope.target_books_id) != (
            self.source.books_id,
            self.target.books_id,
        ):
            raise ValidationError(
                {"scope": "This set of lookup tables belongs to other companies than the two connections."}
            )
