"""A bill in words: contact, accounts, taxes and tracking by the names that the target gives them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from integrations.documents import Bill, BillLine, Tracked
from integrations.models import Integration
from integrations.money import figure
from mappings.models import ReferenceEntry

LISTS = ("account", "tax_rate", "tracking_category", "tracking_option")
Said = dict[str, Any]


@dataclass
class Names:
    """What the target calls things. Short lists are read whole, contacts as they are met."""

    books_id: int | None
    by_code: dict[tuple[str, str], str] = field(default_factory=dict)
    by_key: dict[tuple[str, str], str] = field(default_factory=dict)
    asked_for: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, integration: Integration, contacts: Iterable[str] = ()) -> "Names":
        """`contacts` are those that will be asked for, where they are known beforehand."""
        names = cls(integration.target.books_id)
        names.asked_for.update(contacts)
        wanted = Q(kind__in=LISTS) | Q(kind="contact", key__in=[each for each in names.asked_for if each])
        entries = ReferenceEntry.objects.filter(wanted, books=names.books_id)
        for kind, key, code, name in entries.values_list("kind", "key", "code", "name"):
            names.by_key[kind, key] = name or code
            if code:
                names.by_code[kind, code] = name
        return names

    def meet(self, contacts: Iterable[str]) -> None:
        """Read the names of these contacts, once."""
        unknown = {each for each in contacts if each} - self.asked_for
        if not unknown:
            return
        self.asked_for |= unknown
        rows = ReferenceEntry.objects.filter(books=self.books_id, kind="contact", key__in=unknown)
        self.by_key.update({("contact", key): name for key, name in rows.values_list("key", "name")})

    def contact(self, key: str) -> str:
        self.meet([key])
        return self.by_key.get(("contact", key), "a contact that is not in the list yet")

    def coded(self, kind: str, code: str) -> str:
        """ "6100 Repairs", or the code alone."""
        name = self.by_code.get((kind, code), "")
        return f"{code} {name}" if name and name != code else code

    def tracked(self, choice: Tracked) -> str:
        category = self.by_key.get(("tracking_category", choice.category), "a category that is not in the list")
        return f"{category}: {self.by_key.get(('tracking_option', choice.option), 'an option that is not in the list')}"


def said(bill: Bill, names: Names) -> Said:
    """The bill as it would be sent."""
    return {
        "contact": names.contact(bill.contact),
        "number": bill.number,
        "date": str(bill.date),
        "due": str(bill.due_date or ""),
        "currency": bill.currency,
        "lines": [_line(line, names) for line in bill.lines],
        "net": figure(bill.net),
        "tax": figure(bill.tax),
        "total": figure(bill.total),
    }


def _line(line: BillLine, names: Names) -> Said:
    if line.is_text:
        return {"text": line.description}
    return {
        "text": line.description,
        "quantity": f"{line.quantity.normalize():f}",
        "account": names.coded("account", line.account),
        "tax_code": names.coded("tax_rate", line.tax_code),
        "tracking": [names.tracked(choice) for choice in line.tracking],
        "tax": "" if line.tax_amount is None else figure(line.tax_amount),
        "net": figure(line.net),
    }


HEADER = (("Contact", "contact"), ("Number", "number"), ("Date", "date"), ("Due", "due"), ("Net", "net"),
          ("Tax", "tax"), ("Total", "total"))  # fmt: skip


def differences(would_be: Mapping[str, Any], stands: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """Label, what stands, what would be: for every header field that is not the same."""
    if not stands:
        return []
    return [
        (label, stands[name], would_be[name])
        for label, name in HEADER
        if stands.get(name) and stands[name] != would_be[name]
    ]
