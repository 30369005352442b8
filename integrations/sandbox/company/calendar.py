"""The company's days, counted back from today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Calendar:
    """Four months of orders: the portal starts, the ledger was closed soon after, orders follow until yesterday."""

    today: date

    def day(self, ago: int) -> date:
        return self.today - timedelta(days=ago)

    def working_day(self, ago: int) -> date:
        """That day, or the Monday after when it is a weekend; never later than yesterday."""
        wanted = self.day(ago)
        wanted += timedelta(days=max(7 - wanted.isoweekday(), 0) + 1 if wanted.isoweekday() > 5 else 0)
        return min(wanted, self.day(1))

    @property
    def start(self) -> date:
        """The integration's start date."""
        return self.day(124)

    @property
    def locked_until(self) -> date:
        """The last closed day of the main company's books (PeriodLockDate)."""
        return self.day(121)

    @property
    def first_order(self) -> int:
        """Plain orders are dated from so many days ago until yesterday."""
        return 117
