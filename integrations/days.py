"""A day as people write it in a sentence."""

from datetime import date


def in_full(day: date | None) -> str:
    """ "5 November 2026", without the zero that nobody writes; "-" for no day."""
    return f"{day.day} {day:%B %Y}" if day else "-"
