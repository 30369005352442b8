"""Which billing period a bill goes into (A90)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from integrations.days import in_full
from integrations.pairs.flow import Hold, Note
from integrations.project_documents import BillingPeriod


@dataclass(frozen=True, slots=True)
class Chosen:
    """The period, or why it waits or is held; `late` marks a bill dated before its period."""

    period: BillingPeriod | None
    late: Note | None = None
    waits: str = ""
    hold: Hold | None = None


def choose(day: date, periods: Sequence[BillingPeriod], project: str) -> Chosen:
    """The open period, for a bill of this day: one of later days waits, one of earlier days is late. None is made."""
    there = sorted((period for period in periods if period.is_open), key=lambda period: period.starts)
    if not there:
        said = f"{project} has no open billing period. Open the one for {in_full(day)} there."
        return Chosen(None, hold=Hold("no-open-period", said))
    period = next((each for each in there if day <= each.ends), None)
    if period is None:
        last = there[-1]
        said = f"Dated {in_full(day)}, after the open billing period of {project}, which ends on {in_full(last.ends)}."
        return Chosen(None, waits=f"{said} It goes into the next one.")
    if day >= period.starts:
        return Chosen(period)
    said = (
        f"Dated {in_full(day)}, before the open billing period of {project}, which starts on {in_full(period.starts)}."
    )
    return Chosen(period, late=Note("late-in-period", f"{said} It was put into that one with its own date."))
