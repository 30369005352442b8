"""Freight and other named costs of a document's header -> what becomes of them (A53)."""

from collections.abc import Mapping
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models

from mappings import keys, offered
from mappings.models.books import ReferenceEntry
from mappings.models.row import MappingQuerySet, MappingRow


class CostTreatment(models.TextChoices):
    ACCOUNT = "account", "a line on a fixed account"
    AS_ALLOCATED = "as allocated", "lines on the accounts of the items"
    TAX = "tax", "this is tax, not a cost"
    SPREAD = "spread", "spread over the lines by net"


class ExtraCostRow(MappingRow):
    """Without a tax code the cost bears no tax; it never inherits an item's."""

    table = keys.EXTRA_COST
    content = ("scope_id", "name", "treatment", "account_id", "tax_id")
    target_uses: ClassVar[dict[str, str]] = {"account": offered.ACCOUNT, "tax": offered.TAX_RATE}

    name = models.CharField(max_length=200, help_text="As the source names it; capitals do not matter.")
    name_key = models.CharField(max_length=200, editable=False)
    treatment = models.CharField(max_length=20, choices=CostTreatment, default=CostTreatment.ACCOUNT)
    account = models.ForeignKey(
        ReferenceEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="extra_cost_account_rows"
    )
    tax = models.ForeignKey(
        ReferenceEntry,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="extra_cost_tax_rows",
        verbose_name="tax code",
        help_text="Empty: no tax.",
    )

    objects = MappingQuerySet["ExtraCostRow"].as_manager()

    class Meta:
        verbose_name = "extra cost row"
        verbose_name_plural = "extra costs"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scope", "name_key"],
                name="one_extra_cost_row_per_name",
                violation_error_message="There is already a row for this cost. Change that one.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def tidy(self) -> None:
        self.name = keys.plain(self.name, keys.TEXT_LENGTH)
        self.name_key = keys.cost_name(self.name)

    def clean_content(self) -> None:
        fixed = self.treatment == CostTreatment.ACCOUNT
        if fixed and self.account is None:
            raise ValidationError({"account": "Choose the account this cost is booked on."})
        if not fixed and self.account is not None:
            raise ValidationError({"account": "Only the treatment “a line on a fixed account” takes an account."})

    def lookup_keys(self) -> tuple[keys.LookupKey, ...]:
        return (keys.extra_cost_key(self.name),)

    def described(self) -> Mapping[str, str]:
        said = {
            "cost": self.name,
            "treatment": self.treatment,
            "account": str(self.account or ""),
            "tax code": str(self.tax or ""),
        }
        return {name: value for name, value in said.items() if value}
