"""How figures, times and states are shown in lists and pages."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from integrations.models import Health, Outcome, Standing, Work
from integrations.money import figure

GOOD, BUSY, BAD, CALM = "good", "busy", "bad", "calm"

WORK_TONES: Mapping[str, str] = {
    Work.WAITING: BUSY,
    Work.POSTING: BUSY,
    Work.DOUBT: BUSY,
    Work.HELD: BAD,
    Work.APPROVAL: BAD,
    Work.DONE: GOOD,
}
HEALTH_TONES: Mapping[str, str] = {
    Health.CONNECTED: GOOD,
    Health.THROTTLED: BUSY,
    Health.UNREACHABLE: BUSY,
    Health.PERMISSION: BUSY,
    Health.RECONNECT: BAD,
    Health.SUSPENDED: BAD,
}
STANDING_TONES: Mapping[str, str] = {Standing.DRAFT: GOOD, Standing.LEDGER: GOOD, Standing.REMOVED: BAD}
OUTCOME_TONES: Mapping[str, str] = {
    Outcome.DONE: GOOD,
    Outcome.FOUND: GOOD,
    Outcome.REFUSED: BAD,
    Outcome.UNKNOWN: BUSY,
    Outcome.INTENDED: BUSY,
}


MILLISECONDS = re.compile(r"\d{13}")  # since 1970; of the years 2001 to 2286

# Words that keep their hyphen.
HYPHENED = frozenset({"re-dated", "self-approved"})


def plain(slug: str) -> str:
    """A slug without its dashes."""
    return slug.replace("-", " ")


def of_flag(kind: str) -> str:
    """A flag's kind as people say it."""
    return kind if kind in HYPHENED else plain(kind)


def pill(text: str, tone: str = CALM) -> SafeString:
    """A short state in colour; the words alone say it, too."""
    return format_html('<span class="cf-pill cf-{}">{}</span>', tone, text)


def pills(*parts: SafeString | str) -> SafeString:
    return format_html('<span class="cf-pills">{}</span>', format_html_join("", "{}", ((part,) for part in parts)))


def money(amount: Decimal | None, currency: str) -> SafeString:
    """An amount and its currency, in figures that line up on the right."""
    return format_html('<span class="cf-money">{}&nbsp;{}</span>', figure(amount), currency or "")


def sums(amounts: Mapping[str, Decimal]) -> list[str]:
    """Totals, one per currency, never added across them (A59)."""
    said = (currency for currency in sorted(amounts) if currency or amounts[currency])
    return [f"{figure(amounts[currency])} {currency}".strip() for currency in said]


def age(moment: datetime | None) -> str:
    """How long ago, in the one unit that matters."""
    if moment is None:
        return "-"
    minutes = max(0, int((timezone.now() - moment).total_seconds() // 60))
    for size, unit in ((60 * 24, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "just now"


def ago(moment: datetime | None) -> str:
    passed = age(moment)
    return f"{passed} ago" if passed[0].isdecimal() else passed


def at(moment: datetime | None, zone: str = "") -> str:
    """Date and time in the portal's zone or the one given; the zone is named where it was given."""
    if moment is None:
        return "-"
    local = timezone.localtime(moment, ZoneInfo(zone) if zone else None)
    return f"{local:%Y-%m-%d %H:%M}{f' ({zone})' if zone else ''}"


def version(stored: str) -> str:
    """What follows "version": a number that the source counts by, or when the document was changed there.

    Xero numbers no versions: the milliseconds of its UpdatedDateUTC tell them apart; Procore's are times.
    """
    changed = _changed(stored)
    return f"of {changed.astimezone(UTC):%-d %b %Y %H:%M} UTC" if changed else stored


def _changed(stored: str) -> datetime | None:
    if MILLISECONDS.fullmatch(stored):
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(stored))
    try:
        moment = datetime.fromisoformat(stored) if "T" in stored else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def listed(words: Iterable[str]) -> str:
    """a, b and c."""
    found = list(words)
    return f"{', '.join(found[:-1])} and {found[-1]}" if len(found) > 1 else "".join(found)
