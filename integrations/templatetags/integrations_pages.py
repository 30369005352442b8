"""Filters of this app's pages."""

from datetime import datetime
from decimal import Decimal

from django import template

from integrations import money, words
from integrations.hold_reasons import label_of

register = template.Library()


@register.filter
def figure(amount: Decimal | None) -> str:
    return money.figure(amount)


@register.filter
def at(moment: datetime | None) -> str:
    return words.at(moment)


@register.filter
def age(moment: datetime | None) -> str:
    return words.age(moment)


@register.filter
def cut_dashes(slug: str) -> str:
    return words.plain(slug)


@register.filter
def version_words(stored: str) -> str:
    return words.version(stored)


@register.filter
def flag_words(kind: str) -> str:
    return words.of_flag(kind)


@register.filter
def reason_label(slug: str) -> str:
    return label_of(slug)
