"""How many documents, and for how much: totals per currency, never added across (A59)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from mappings.waiting import Waiting


@dataclass
class Documents:
    """Distinct documents; one that is added twice counts once."""

    seen: set[int] = field(default_factory=set)
    sums: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    @classmethod
    def of(cls, waiting: Iterable[Waiting]) -> "Documents":
        found = cls()
        for each in waiting:
            found.add(each.document, each.currency, each.amount)
        return found

    def add(self, document: int, currency: str, amount: Decimal) -> None:
        if document not in self.seen:
            self.seen.add(document)
            self.sums[currency] += amount

    def __len__(self) -> int:
        return len(self.seen)

    @property
    def written(self) -> list[str]:
        """["1,250.50 USD"], one per currency."""
        return [written(self.sums[currency], currency) for currency in sorted(self.sums)]


def written(amount: Decimal, currency: str) -> str:
    decimals = max(2, -int(amount.normalize().as_tuple().exponent)) if amount else 2
    return f"{amount:,.{decimals}f} {currency}".strip()
