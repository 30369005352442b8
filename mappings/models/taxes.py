"""The whole set of taxes on a line -> tax code of the target, and how much of it is recoverable (A43 to A48)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from mappings import keys, offered
from mappings.models.books import ReferenceEntry
from mappings.models.row import MappingQuerySet, MappingRow

HUNDRED = Decimal(100)


class TaxRow(MappingRow):
    """`recoverable` is in percentage points of the net amount: 5 for GST 5 % + PST 7 % (A46), 0 for US sales tax.

    Where the set holds a tax of a fixed amount, whose percentage nobody knows, it is 100 or 0: all of it or nothing.
    An empty currency or vendor country means any; the country narrows before the currency.
    """

    table = keys.TAX
    content = ("scope_id", "taxes", "currency", "vendor_country", "target_id", "recoverable", "reverse_charge")
    target_uses: ClassVar[dict[str, str]] = {"target": offered.TAX_RATE}

    taxes = models.CharField(
        "taxes on the line",
        max_length=200,
        help_text="As in “GST 5%” or “GST 5% + PST 7%”; “no tax” for a line without any.",
    )
    currency = models.CharField(max_length=10, blank=True, default="", help_text="Empty: any currency.")
    vendor_country = models.CharField(max_length=30, blank=True, default="", help_text="Empty: any country.")
    target = models.ForeignKey(
        ReferenceEntry, on_delete=models.PROTECT, related_name="tax_rows", verbose_name="target tax code"
    )
    recoverable = models.DecimalField(
        "recoverable, % of net",
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="Of the taxes together, how many percentage points are claimed back. Empty: all of them.",
    )
    reverse_charge = models.BooleanField(
        default=False, help_text="The buyer owes the tax: the source shows none, the target's code may have a rate."
    )

    objects = MappingQuerySet["TaxRow"].as_manager()

    class Meta:
        verbose_name = "tax row"
        verbose_name_plural = "taxes"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scope", "taxes", "currency", "vendor_country"],
                name="one_tax_row_per_key",
                violation_error_message=(
                    "There is already a row for exactly these taxes, currency and vendor country. Change that one."
                ),
            )
        ]

    def __str__(self) -> str:
        return " · ".join(part for part in (self.taxes, self.currency, self.vendor_country) if part)

    @property
    def percent(self) -> Decimal:
        """What the taxes come to, in percent of the net; 100 where one of them is a fixed amount."""
        total = keys.total_percent(keys.read_taxes(self.taxes))
        return HUNDRED if total is None else total

    def tidy(self) -> None:
        try:
            self.taxes = keys.taxes_key(keys.read_taxes(self.taxes))
        except ValueError:
            return  # `clean_content` says what is wrong with it
        if self.recoverable is None:
            self.recoverable = self.percent
        self.taxes, self.currency, self.vendor_country = keys.tax_key(
            self.taxes, self.currency, self.vendor_country
        ).parts

    def clean_content(self) -> None:
        try:
            taxes = keys.read_taxes(self.taxes)
        except ValueError as problem:
            raise ValidationError({"taxes": str(problem)}) from None
        recoverable = self.percent if self.recoverable is None else self.recoverable
        total = keys.total_percent(taxes)
        if total is None and recoverable not in (0, HUNDRED):
            raise ValidationError({"recoverable": "With a tax of a fixed amount say 100 (all of it) or 0 (nothing)."})
        if total is not None and recoverable > total:
            raise ValidationError({"recoverable": f"Only {total:f} % are charged, so no more can be recovered."})
        wrong = rate_problem(offered.rate(self.target), total, recoverable, reverse_charge=self.reverse_charge)
        if wrong:
            raise ValidationError({"target": f"“{self.target}” {wrong}"})

    def lookup_keys(self) -> tuple[keys.LookupKey, ...]:
        return (keys.tax_key(self.taxes, self.currency, self.vendor_country),)

    def described(self) -> Mapping[str, str]:
        return {
            "taxes": self.taxes,
            "currency": self.currency,
            "vendor country": self.vendor_country,
            "tax code": str(self.target),
            "recoverable": f"{self.recoverable:f} %" if self.recoverable is not None else "all",
            "reverse charge": "yes" if self.reverse_charge else "",
        }


def rate_problem(rate: Decimal | None, total: Decimal | None, recoverable: Decimal, *, reverse_charge: bool) -> str:
    """Why a code of this rate would claim another tax than is recoverable; "" when it claims exactly that (A45, A46).

    `total` is the source's percentage, None with a tax of a fixed amount; `rate` None where the target names none.
    """
    if reverse_charge or total is None or rate is None or rate == recoverable:
        return ""
    if recoverable == total:
        return f"has an effective rate of {_percent(rate)}, the source charges {_percent(total)}."
    return f"has an effective rate of {_percent(rate)}, but {_percent(recoverable)} are recoverable here."


def _percent(number: Decimal) -> str:
    return f"{number.normalize():f} %" if number else "0 %"
