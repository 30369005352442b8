"""Lines of a bill or invoice: what Xero fills in, refuses and computes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..exchange import Json
from .amounts import LARGEST_LINE, ZERO, exact, rounded, sent
from .organisation import Organisation, new_id
from .problems import Complaints
from .tax import line_amount, tax_on
from .tracking import read_tracking

MOST_DESCRIPTION = 4000
# Control accounts and the like; ROUNDING is left open for differences of a cent.
ALLOWED_SYSTEM_ACCOUNTS = frozenset({"", None, "ROUNDING"})
REFUSED_TYPES = frozenset({"BANK", "INVENTORY"})
APPLIES = {
    "ASSET": "CanApplyToAssets",
    "EQUITY": "CanApplyToEquity",
    "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities",
    "REVENUE": "CanApplyToRevenue",
}
# A change of one of these makes Xero compute the tax anew, an override included.
TAXED_BY = frozenset({"Quantity", "UnitAmount", "LineAmount", "TaxType", "ItemCode"})


@dataclass(slots=True)
class LineRules:
    """Builds the lines of one document.

    `committed`: submitted or approved, where a draft may still have gaps. `retaxed`: LineAmountTypes changes, so
    that no stored tax stands.
    """

    organisation: Organisation
    amount_types: str
    decimals: int
    committed: bool
    purchase: bool
    retaxed: bool
    complaints: Complaints
    discounts: bool = False

    def build(self, wanted: Sequence[Json], stored: Sequence[Json], *, create: bool) -> list[Json]:
        """Lines with a known LineItemID are changed, others added, stored ones that are not named fall away."""
        held = {line["LineItemID"]: line for line in stored}
        built = []
        for place, line in enumerate(wanted):
            before = None if create else held.get(line.get("LineItemID", ""))
            if before is None and not create and "LineItemID" in line:
                self._complain(place, f"LineItemID {line['LineItemID']} does not exist on this document.")
            built.append(self._line(place, line, before))
        return built

    def again(self, stored: Sequence[Json]) -> list[Json]:
        """The stored lines under a changed document: other status, other LineAmountTypes."""
        return [self._line(place, {}, line) for place, line in enumerate(stored)]

    def _complain(self, place: int, message: str) -> None:
        self.complaints.add(message, "LineItems", place)

    def _line(self, place: int, wanted: Json, before: Json | None) -> Json:
        line = {**self._held(before, wanted), **wanted}
        self._fill_from_item(place, line)
        made: Json = {"LineItemID": before["LineItemID"] if before else new_id()}
        self._text(place, line, made)
        if self._is_text_only(line):
            if "Description" not in line:
                self._complain(place, "Description must be specified.")
            return {**made, "Tracking": []}
        # A stored price keeps its four decimals, whatever `unitdp` is on this request.
        decimals = self.decimals if before is None or "UnitAmount" in wanted else 4
        if self._amount(place, line, made, decimals):
            self._account(place, line, made)
            self._tax(place, line, made)
        made["Tracking"] = read_tracking(self.organisation, line, before, place, self.complaints)
        return made

    def _held(self, before: Json | None, wanted: Json) -> Json:
        """What stays of a stored line: its computed amount never, its tax only if nothing touches it."""
        if before is None:
            return {}
        dropped = {"LineAmount"}
        if self.retaxed or TAXED_BY & wanted.keys():
            dropped.add("TaxAmount")
        if {"AccountCode", "AccountID"} & wanted.keys():
            dropped |= {"AccountCode", "AccountID"}
        numbers = ("Quantity", "UnitAmount", "TaxAmount", "DiscountRate")
        kept = {name: value for name, value in before.items() if name not in dropped and name != "Tracking"}
        return {name: exact(value) if name in numbers else value for name, value in kept.items()}

    @staticmethod
    def _is_text_only(line: Json) -> bool:
        return not any(name in line for name in ("Quantity", "UnitAmount", "LineAmount", "AccountCode", "AccountID"))

    def _fill_from_item(self, place: int, line: Json) -> None:
        if "ItemCode" not in line:
            return
        item = self.organisation.item(line["ItemCode"])
        if item is None:
            self._complain(place, f"Item code '{line['ItemCode']}' is not valid")
            return
        details = item.get("PurchaseDetails" if self.purchase else "SalesDetails", {})
        line.setdefault("Description", item.get("PurchaseDescription") or item.get("Name", ""))
        line.setdefault("Quantity", Decimal(1))
        if "UnitPrice" in details and "LineAmount" not in line:
            line.setdefault("UnitAmount", exact(details["UnitPrice"]))
        for name in ("AccountCode", "TaxType"):
            if name in details and not (name == "AccountCode" and "AccountID" in line):
                line.setdefault(name, details[name])

    def _text(self, place: int, line: Json, made: Json) -> None:
        description = line.get("Description", "")
        if len(description) > MOST_DESCRIPTION:
            self._complain(place, f"Description must not be more than {MOST_DESCRIPTION} characters.")
        if "Description" in line:
            made["Description"] = description
        if "ItemCode" in line:
            made["ItemCode"] = line["ItemCode"]
        if self.committed and not description and not self._is_text_only(line):
            self._complain(place, "Description must be specified.")

    def _amount(self, place: int, line: Json, made: Json, decimals: int) -> bool:
        """Quantity, price and amount; false where the amount makes no sense and the rest is not looked at."""
        quantity = rounded(line.get("Quantity", Decimal(1)), 4)
        stated = rounded(line["LineAmount"]) if "LineAmount" in line else None
        price = line.get("UnitAmount")
        if price is None:
            price = (stated or ZERO) / quantity if quantity else ZERO
        unit = rounded(price, decimals)
        amount = line_amount(quantity, unit, self._discount(place, line, made))
        made.update(Quantity=sent(quantity), UnitAmount=sent(unit), LineAmount=sent(amount))
        if stated is not None and stated != amount:
            self._complain(place, f"The line total {stated} does not match the expected line total {amount}")
        if abs(amount) > LARGEST_LINE:
            self._complain(place, f"The line total must not be more than {LARGEST_LINE}.")
        if not amount and price and quantity:
            # A line under one cent fails with a message about something else (reported 2024).
            self._complain(place, "Account must be valid.")
            return False
        return True

    def _discount(self, place: int, line: Json, made: Json) -> Decimal:
        rate: Decimal = line.get("DiscountRate", ZERO)
        if not self.discounts and (rate or line.get("DiscountAmount", ZERO)):
            self._complain(place, "Discounts are not supported on bills.")
            return ZERO
        if rate:
            made["DiscountRate"] = sent(rounded(rate, 4))
        return rate

    def _account(self, place: int, line: Json, made: Json) -> None:
        if "AccountCode" not in line and "AccountID" not in line:
            if self.committed:
                self._complain(place, "Account code must be specified.")
            return
        account = self.organisation.account(line)
        code = line.get("AccountCode", line.get("AccountID"))
        if account is None:
            self._complain(place, f"Account code '{code}' is not a valid code for this document.")
            return
        if account["Status"] != "ACTIVE":
            self._complain(
                place,
                f"Account code '{code}' has been archived, or has been deleted. "
                "Each line item must reference a valid account.",
            )
        elif account.get("SystemAccount") not in ALLOWED_SYSTEM_ACCOUNTS or account["Type"] in REFUSED_TYPES:
            self._complain(place, f"Account code '{code}' is not a valid code for this document.")
        made["AccountCode"] = account.get("Code", "")
        made["AccountID"] = account["AccountID"]

    def _tax(self, place: int, line: Json, made: Json) -> None:
        account = self.organisation.accounts.get(made.get("AccountID", ""))
        tax_type = "NONE" if self.amount_types == "NoTax" else line.get("TaxType") or (account or {}).get("TaxType")
        amount = exact(made["LineAmount"])
        if self.amount_types == "NoTax":
            made.update(TaxType="NONE", TaxAmount=0.0)
            return
        if tax_type:
            self._check_rate(place, tax_type, account)
            made["TaxType"] = tax_type
        tax = tax_on(amount, self.organisation.percent(tax_type), self.amount_types)
        if "TaxAmount" in line:
            tax = rounded(line["TaxAmount"])
        made["TaxAmount"] = sent(tax)

    def _check_rate(self, place: int, tax_type: str, account: Json | None) -> None:
        rate = self.organisation.tax_rates.get(tax_type)
        if rate is None or rate["Status"] != "ACTIVE":
            self._complain(place, "Tax rate must be valid.")
        elif account is not None and not rate.get(APPLIES.get(account["Class"], ""), False):
            self._complain(
                place,
                f"The TaxType code '{tax_type}' cannot be used with account code '{account.get('Code')}'.",
            )
