"""What an integration into project books is told besides what every integration is: on whom its rules depend."""

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models

from integrations.models.connection import Connection
from integrations.models.integration import Integration
from integrations.pairs.xero_procore.terms import BudgetBy, DeletedOrders, Trigger, Unlinked
from integrations.project_documents import CommitmentStatus, DirectCostStatus, RequisitionStatus

TRIGGERS = [(Trigger.AUTHORISED.value, "when it is authorised"), (Trigger.PAID.value, "with its first payment")]
UNLINKED = [(Unlinked.HOLD.value, "is held until a person links it"), (Unlinked.DIRECT_COST.value, "is a direct cost")]
DELETED = [(DeletedOrders.CLOSE.value, "is closed"), (DeletedOrders.REMOVE.value, "is removed")]
BUDGETS = [(BudgetBy.CODE.value, "each budget code by itself"), (BudgetBy.PROJECT.value, "the project in total")]
COMMITMENT_STATUSES = [(each.value, each.value) for each in CommitmentStatus if each is not CommitmentStatus.CLOSED]
REQUISITION_STATUSES = [(each.value, each.value) for each in RequisitionStatus]
DIRECT_COST_STATUSES = [(each.value, each.value) for each in DirectCostStatus]


class ProjectSettings(models.Model):
    """Which tracking says what, how budgets are kept, in which status documents are written, how often lists are read.

    Tax codes are named by what the books call them. Tolerances are for the rest of a bill beyond what its order has
    unbilled (A86), the smaller where both are set.
    """

    integration = models.OneToOneField(Integration, on_delete=models.CASCADE, related_name="project_settings")
    project_category = models.CharField(
        max_length=100, blank=True, default="", help_text="Its options are the projects that lines are for."
    )
    budget_category = models.CharField(
        max_length=100, blank=True, default="",
        help_text="Its options are budget lines, and each of them needs one. Without it those that have a row use it.",
    )  # fmt: skip
    budget_by = models.CharField(max_length=10, choices=BUDGETS, default=BudgetBy.CODE.value)
    strict_budget = models.BooleanField(default=False, help_text="What is pending in the project counts as spent.")
    commitment_status = models.CharField(
        max_length=20, choices=COMMITMENT_STATUSES, default=CommitmentStatus.APPROVED.value
    )
    deleted_orders = models.CharField(max_length=10, choices=DELETED, default=DeletedOrders.CLOSE.value)
    trigger = models.CharField(max_length=12, choices=TRIGGERS, default=Trigger.AUTHORISED.value)
    unlinked = models.CharField(max_length=12, choices=UNLINKED, default=Unlinked.HOLD.value)
    requisition_status = models.CharField(
        max_length=24, choices=REQUISITION_STATUSES, default=RequisitionStatus.DRAFT.value
    )
    direct_cost_status = models.CharField(
        max_length=10, choices=DIRECT_COST_STATUSES, default=DirectCostStatus.APPROVED.value
    )
    lock_settled = models.BooleanField(
        default=False, help_text="Requisitions, payments and direct costs that are paid in full become read-only there."
    )
    tolerance_percent = models.DecimalField(
        max_digits=6, decimal_places=3, null=True, blank=True, validators=[MinValueValidator(0)],
        help_text="How much more than is unbilled a bill may fill.",
    )  # fmt: skip
    tolerance_amount = models.DecimalField(
        max_digits=18, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)],
        help_text="As an amount in the document's currency.",
    )  # fmt: skip
    taxed_projects = models.TextField(
        blank=True, default="",
        help_text="Numbers of the projects that count tax nobody claims back as cost; all others count net.",
    )  # fmt: skip
    cost_taxes = models.TextField(blank=True, default="", help_text="Tax codes that nobody claims back.")
    claimed_taxes = models.TextField(blank=True, default="", help_text="Tax codes that are claimed back.")
    orders_every = models.PositiveIntegerField(default=15, validators=[MinValueValidator(1)])
    bills_every = models.PositiveIntegerField(default=15, validators=[MinValueValidator(1)])
    payments_every = models.PositiveIntegerField(default=15, validators=[MinValueValidator(1)])

    class Meta:
        verbose_name = verbose_name_plural = "project settings"
        default_permissions: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return f"Projects of {self.integration}"


class ProjectLook(models.Model):
    """A project into which the test of its connection looks for tools that are closed: when it did, what it found."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="project_looks")
    project = models.CharField(max_length=40)
    number = models.CharField(max_length=100, blank=True, default="")
    name = models.CharField(max_length=255)
    place = models.PositiveIntegerField()
    missing = models.JSONField(default=list, blank=True)
    asked_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "project"], name="one_look_at_each_project")
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}".strip()


def words(text: str) -> frozenset[str]:
    """Codes or numbers as people list them, separated by commas or lines."""
    return frozenset(each.strip() for each in text.replace(",", "\n").splitlines() if each.strip())
