"""Account code of the source, narrowed by department, location and item category -> account of the target."""

from collections.abc import Mapping
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models

from mappings import keys, offered
from mappings.models.books import Kind, ReferenceEntry
from mappings.models.row import MappingQuerySet, MappingRow


class Treatment(models.TextChoices):
    """Codes that are no ordinary cost: A25, A34."""

    TAX_ACCOUNT = "tax account", "tax account: what is allocated there is tax, not a line"
    PREPAYMENT = "prepayment", "prepayment: to an asset account"


WITHOUT_ACCOUNT = {Treatment.TAX_ACCOUNT}


class AccountRow(MappingRow):
    """An empty department, location or item category means any; the most specific row wins.

    A department narrows more than a location and an item category together, a location more than an item
    category (E15): so no two rows can be equally specific for one line.
    """

    table = keys.ACCOUNT
    content = (
        "scope_id", "source_code", "department", "location", "item_category", "target_id", "mark",
        "class_difference_confirmed",
    )  # fmt: skip
    source_fields: ClassVar[dict[str, str]] = {
        "department": Kind.DEPARTMENT,
        "location": Kind.LOCATION,
        "item_category": Kind.ITEM_CATEGORY,
    }

    source_code = models.CharField("account code", max_length=60)
    department = models.CharField(max_length=60, blank=True, default="", help_text="Empty: any department.")
    location = models.CharField(max_length=60, blank=True, default="", help_text="Empty: any location.")
    item_category = models.CharField(max_length=60, blank=True, default="", help_text="Empty: any item category.")
    target = models.ForeignKey(
        ReferenceEntry,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="account_rows",
        verbose_name="target account",
    )
    mark = models.CharField("special treatment", max_length=20, choices=Treatment, blank=True, default="")
    # Asked for where the classes of code and account differ (A67).
    class_difference_confirmed = models.BooleanField(
        "different class confirmed",
        default=False,
        help_text="The code is an expense and the account an asset, or the like, and that is meant so.",
    )

    objects = MappingQuerySet["AccountRow"].as_manager()

    class Meta:
        verbose_name = "account row"
        verbose_name_plural = "accounts"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scope", "source_code", "department", "location", "item_category"],
                name="one_account_row_per_key",
                violation_error_message=(
                    "There is already a row for exactly this account code, department, location and item category. "
                    "Change that one."
                ),
            )
        ]

    def __str__(self) -> str:
        parts = [self.source_code, self.label_of("department"), self.label_of("location")]
        parts.append(self.label_of("item_category"))
        return " · ".join(part for part in parts if part)

    def tidy(self) -> None:
        self.source_code, self.department, self.location, self.item_category = keys.account_key(
            self.source_code, self.department, self.location, self.item_category
        ).parts

    def clean_content(self) -> None:
        if self.mark in WITHOUT_ACCOUNT:
            if self.target_id is not None:
                raise ValidationError({"target": f"A code marked “{self.mark}” has no account of its own."})
        elif self.target is None:
            raise ValidationError({"target": "Choose the account, or a special treatment that needs none."})
        else:
            self._compare_classes(self.target)

    def lookup_keys(self) -> tuple[keys.LookupKey, ...]:
        return (keys.account_key(self.source_code, self.department, self.location, self.item_category),)

    def described(self) -> Mapping[str, str]:
        said = {
            "code": self.source_code,
            "department": self.label_of("department"),
            "location": self.label_of("location"),
            "item category": self.label_of("item_category"),
            "account": str(self.target or ""),
            "treatment": self.mark,
            "different class confirmed": "yes" if self.class_difference_confirmed else "",
        }
        return {name: value for name, value in said.items() if value}

    def _compare_classes(self, target: ReferenceEntry) -> None:
        source = ReferenceEntry.objects.filter(
            books=self.scope.source_books_id, kind=Kind.ACCOUNT_CODE, code=self.source_code
        ).first()
        here, there = offered.account_class(source) if source else "", offered.account_class(target)
        expected = "asset" if self.mark == Treatment.PREPAYMENT else here
        if expected and there and expected != there and not self.class_difference_confirmed:
            raise ValidationError(
                {
                    "class_difference_confirmed": (
                        f"Account code {self.source_code} is of class {here or 'unknown'}, “{target}” is of class "
                        f"{there}. Confirm that this is meant so, or choose another account."
                    )
                },
                code="class-differs",
            )
