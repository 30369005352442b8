"""What an answer says of the budget, by the headers that the system's facts name."""

from collections.abc import Mapping
from dataclasses import dataclass

from integrations.engine.pace_rows import DAY, MINUTE
from integrations.systems.facts import PaceFacts
from integrations.systems.refusals import retry_after, seconds_until_reset

CONCURRENT = "concurrent"
TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Said:
    """`problem` is the window that a refusal named, "" for none; `pause` the seconds it asked for, if it said.

    `used_up_for` is how long a window that has no call left lasts, None while there are any.
    """

    problem: str = ""
    pause: int | None = None
    minute_left: int | None = None
    day_left: int | None = None
    used_up_for: int | None = None

    @classmethod
    def by(cls, headers: Mapping[str, str], status: int, facts: PaceFacts) -> "Said":
        left = {window: _count(headers.get(name, "")) for window, name in facts.remaining.items()}
        refused = status == TOO_MANY
        until_reset = seconds_until_reset(headers, facts.reset) if facts.reset else None
        return cls(
            _window(headers.get(facts.problem, "") if facts.problem else "") if refused else "",
            (retry_after(headers) or until_reset) if refused else None,
            left.get(MINUTE),
            left.get(DAY),
            until_reset if facts.nearest and _count(headers.get(facts.nearest, "")) == 0 else None,
        )


def _window(written: str) -> str:
    """By the beginning of the word, whatever its case: Xero's own libraries read it so (2026-10)."""
    word = written.strip().lower()
    return next((window for window in (DAY, CONCURRENT) if word.startswith(window)), MINUTE)


def _count(written: str) -> int | None:
    return int(written) if written.isdigit() and len(written) < 10 else None
