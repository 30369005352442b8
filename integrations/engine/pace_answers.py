"""What an answer says of the budget, by the headers that the system's facts name."""

from collections.abc import Mapping
from dataclasses import dataclass

from integrations.engine.pace_rows import DAY, MINUTE
from integrations.systems.facts import PaceFacts
from integrations.systems.refusals import retry_after

CONCURRENT = "concurrent"
TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Said:
    """`problem` is the window that a refusal named, "" for none; `pause` the seconds it asked for, if it said."""

    problem: str = ""
    pause: int | None = None
    minute_left: int | None = None
    day_left: int | None = None

    @classmethod
    def by(cls, headers: Mapping[str, str], status: int, facts: PaceFacts) -> "Said":
        left = {window: _count(headers.get(name, "")) for window, name in facts.remaining.items()}
        refused = status == TOO_MANY
        return cls(
            _window(headers.get(facts.problem, "") if facts.problem else "") if refused else "",
            retry_after(headers) if refused else None,
            left.get(MINUTE),
            left.get(DAY),
        )


def _window(written: str) -> str:
    """By the beginning of the word, whatever its case: Xero's own libraries read it so (2026-10)."""
    word = written.strip().lower()
    return next((window for window in (DAY, CONCURRENT) if word.startswith(window)), MINUTE)


def _count(written: str) -> int | None:
    return int(written) if written.isdigit() and len(written) < 10 else None
