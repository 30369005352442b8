"""What all hands share: the organisations, and values as people give them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ...clock import Clock
from ...exchange import Json
from ..accounting import AccountingApi
from ..dates import ms_of
from ..forms import Form, read_form
from ..identity import Identity
from ..organisation import Organisation, public
from ..shelf import Shelf, Stamps

Day = date | str


class Desk:
    """Attributes are the stand-in's."""

    clock: Clock
    stamps: Stamps
    organisations: dict[str, Organisation]
    identity: Identity
    api: AccountingApi
    knobs: dict[str, Any]

    def organisation(self, tenant: str = "") -> Organisation:
        """By tenant id or name; the one added first if left out. Raises KeyError."""
        if tenant in self.organisations:
            return self.organisations[tenant]
        for each in self.organisations.values():
            if not tenant or each.name == tenant:
                return each
        raise KeyError(f"no organisation {tenant!r}")


def typed(fields: dict[str, Any], form: Form) -> Json:
    """Keywords as a person gives them (float, Decimal, date or text), understood like a request."""
    return read_form(_json_like(fields), form)


def _json_like(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _json_like(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_json_like(each) for each in value]
    if isinstance(value, float):
        return Decimal(str(value))
    return value.isoformat() if isinstance(value, date) else value


def as_day(day: Day | None) -> date | None:
    return date.fromisoformat(day) if isinstance(day, str) else day


def shown(shelf: Shelf, row: Json, updated: datetime | str | None = None) -> Json:
    """The row without the stand-in's own fields, stamped `updated` if that is given."""
    if updated is not None:
        moment = datetime.fromisoformat(updated) if isinstance(updated, str) else updated
        row = shelf.store(row, ms_of(moment))
    return public(row)
