"""Whether a company can take a vendor, or a change of one, as it is."""

from collections.abc import Mapping
from functools import cached_property

from integrations.engine.vendor_sync.plans import Keeping
from integrations.models import Side
from mappings.models import Kind, ReferenceEntry


class Fitting:
    """What the lists and the rules of both companies say; what was asked once is remembered."""

    def __init__(self, keeping: Keeping) -> None:
        self.keeping = keeping

    def name_taken(self, side: Side, name: str) -> bool:
        books = self.keeping.connection(side).books
        kind = Kind.VENDOR if side == Side.SOURCE else Kind.CONTACT
        return ReferenceEntry.objects.filter(books=books, kind=kind, active=True, name__iexact=name).exists()

    def uses(self, side: Side, currency: str) -> bool:
        """Whether a company's list of currencies has it; true where the list was not read yet (A56)."""
        return not self._currencies[side] or currency in self._currencies[side]

    def unfit(self, side: Side, values: Mapping[str, str]) -> dict[str, str]:
        """By field, why that company cannot take what would be written there."""
        found = self.keeping.system(side).unfit(values)
        currency = values.get("currency")
        if currency and not self.uses(side, currency):
            found["currency"] = f"{self.keeping.label(side)} does not use {currency}."
        return found

    @cached_property
    def _currencies(self) -> dict[Side, set[str]]:
        return {side: self._codes(side) for side in Side}

    def _codes(self, side: Side) -> set[str]:
        books = self.keeping.connection(side).books
        entries = ReferenceEntry.objects.filter(books=books, kind=Kind.CURRENCY, active=True)
        return set(entries.values_list("code", flat=True))
