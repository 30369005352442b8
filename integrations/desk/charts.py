"""Charts as plain SVG, made on the server: no scripts, no build step, legible at any width.

Positions are percentages and heights are pixels, so that a chart becomes narrower without its letters becoming smaller.
Each carries its figures in words as well, for whoever listens to the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

ROW, BAR, TOP = 40, 10, 19
HEIGHT, FOOT = 180, 22
SMALL = 10
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a list of bars; `share` is what part of the whole width it fills, 0 to 1."""

    label: str
    value: str
    share: float
    tone: str = "good"
    link: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One day with its parts from the bottom up: (tone, amount)."""

    label: str
    parts: tuple[tuple[str, float], ...]
    said: str


def rows(title: str, bars: Sequence[Bar]) -> SafeString:
    """Bars below each other, each with its label above and its figure at the right."""
    drawn = format_html_join("", "{}", ((_row(bar, place),) for place, bar in enumerate(bars)))
    said = "; ".join(f"{bar.label}: {bar.value}" for bar in bars)
    return _svg(title, said, ROW * len(bars), drawn)


def _row(bar: Bar, place: int) -> SafeString:
    top = place * ROW
    width = f"{100 * min(1.0, max(0.0, bar.share)):.2f}%"
    label = format_html('<text class="cf-c-label" x="0" y="{}">{}</text>', top + 13, bar.label)
    if bar.link:
        label = format_html('<a href="{}">{}</a>', bar.link, label)
    figure = format_html('<text class="cf-c-value" x="100%" y="{}" text-anchor="end">{}</text>', top + 13, bar.value)
    ground = format_html('<rect class="cf-c-ground" x="0" y="{}" width="100%" height="{}" rx="3"/>', top + TOP, BAR)
    filled = format_html(
        '<rect class="cf-c-{}" x="0" y="{}" width="{}" height="{}" rx="3"/>', bar.tone, top + TOP, width, BAR
    )
    return format_html("{}{}{}{}", label, figure, ground, filled)


def columns(title: str, days: Sequence[Column], unit: str = "", least: float = 0.0) -> SafeString:
    """A column per day, stacked; the scale is told at its top line, and never ends below `least`."""
    highest = max([least, *(sum(amount for _, amount in day.parts) for day in days)]) or 1.0
    wide = 100 / max(1, len(days))
    drawn = format_html_join(
        "", "{}", ((_column(day, place, wide, highest, len(days)),) for place, day in enumerate(days))
    )
    line = format_html(
        '<line class="cf-c-line" x1="0" x2="100%" y1="14" y2="14"/><text class="cf-c-value" x="0" y="10">{}{}</text>',
        f"{highest:,.0f}" if highest >= SMALL else f"{highest:,.1f}",
        f" {unit}" if unit else "",
    )
    said = "; ".join(f"{day.label}: {day.said}" for day in days)
    return _svg(title, said, HEIGHT, format_html("{}{}", line, drawn))


def _column(day: Column, place: int, wide: float, highest: float, of: int) -> SafeString:
    room = HEIGHT - FOOT - 14
    foot, pieces = float(HEIGHT - FOOT), []
    for tone, amount in day.parts:
        tall = room * amount / highest
        foot -= tall
        pieces.append(
            format_html(
                '<rect class="cf-c-{}" x="{}%" y="{}" width="{}%" height="{}"/>',
                tone,
                f"{place * wide + wide * 0.15:.2f}",
                f"{foot:.1f}",
                f"{wide * 0.7:.2f}",
                f"{tall:.1f}",
            )
        )
    label: SafeString | str = ""
    if (of - 1 - place) % 3 == 0:  # all of them would not fit
        middle = f"{place * wide + wide / 2:.2f}"
        foot_line = HEIGHT - 6
        drawn = '<text class="cf-c-day" x="{}%" y="{}" text-anchor="middle">{}</text>'
        label = format_html(drawn, middle, foot_line, day.label)
    hint = format_html("<title>{}: {}</title>", day.label, day.said)
    return format_html("<g>{}{}{}</g>", hint, mark_safe("".join(pieces)), label)  # noqa: S308 - each was escaped


def _svg(title: str, said: str, height: int, drawn: SafeString) -> SafeString:
    number = next(_numbers)
    return format_html(
        '<svg class="cf-chart" role="img" width="100%" height="{0}" aria-labelledby="chart-{1} chart-{1}-said">'
        '<title id="chart-{1}">{2}</title><desc id="chart-{1}-said">{3}</desc>{4}</svg>',
        height,
        number,
        title,
        said or "Nothing yet.",
        drawn,
    )
