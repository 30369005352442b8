"""One change of a lookup table: its audit entry and its signal, in the transaction that makes it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db import transaction
from simple_history.models import HistoricalRecords

from audit import trail
from mappings.keys import LookupKey
from mappings.signals import lookup_changed

if TYPE_CHECKING:
    from mappings.models import Scope

Told = tuple["Scope", tuple[LookupKey, ...]]


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one row. `scope` is None for a change that no lookup depends on."""

    action: str
    subject: trail.Subject
    scope: "Scope | None"
    keys: tuple[LookupKey, ...]
    actor: User | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Gathered:
    """The changes of one block; after it, `released` is the number of records that go on."""

    changes: list[Change] = field(default_factory=list)
    signals: list[Told] = field(default_factory=list)
    released: int = 0


_gathering: ContextVar[Gathered | None] = ContextVar("mappings_gathering", default=None)
_acting: ContextVar[User | None] = ContextVar("mappings_acting", default=None)


@contextmanager
def acting(user: User | None) -> Iterator[None]:
    """Say who changes rows outside a web request."""
    token = _acting.set(user)
    try:
        yield
    finally:
        _acting.reset(token)


def actor() -> User | None:
    """Who changes rows now: the named one, else who sent the web request, else nobody (the portal itself)."""
    named = _acting.get()
    if named is not None:
        return named
    request = getattr(HistoricalRecords.context, "request", None)
    user = getattr(request, "user", None)
    return user if isinstance(user, User) and user.is_authenticated else None


@contextmanager
def together() -> Iterator[Gathered]:
    """One transaction whose changes are told at its end: one bulk of entries, one signal per scope."""
    outer = _gathering.get()
    if outer is not None:
        yield outer
        return
    gathered = Gathered()
    token = _gathering.set(gathered)
    try:
        with transaction.atomic():
            yield gathered
            gathered.released = _tell(gathered.changes, gathered.signals)
    finally:
        _gathering.reset(token)


@contextmanager
def rehearsal() -> Iterator[None]:
    """Try changes out: they are made in a transaction that is undone, and nobody is told."""
    token = _gathering.set(Gathered())
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        _gathering.reset(token)


def note(changes: Sequence[Change]) -> int:
    """Tell of changes just made, now or at the end of `together`. Returns how many records go on, if known now."""
    gathered = _gathering.get()
    if gathered is not None:
        gathered.changes.extend(changes)
        return 0
    return _tell(changes)


def signal(told: Iterable[Told]) -> int:
    """Say that these keys may be answered now although no row of ours changed, as when the target did."""
    gathered = _gathering.get()
    if gathered is not None:
        gathered.signals.extend(told)
        return 0
    return _send_all(told)


def _tell(changes: Sequence[Change], signals: Iterable[Told] = ()) -> int:
    trail.log_many(trail.Event(each.action, each.subject, each.actor, each.details) for each in changes)
    told = [(each.scope, each.keys) for each in changes if each.scope is not None]
    return _send_all([*told, *signals])


def _send_all(told: Iterable[Told]) -> int:
    """One signal per scope, each key once. Receivers that answer with a number say how many records go on."""
    from mappings.told import once_more

    scopes: dict[int, Scope] = {}
    keys: dict[int, dict[LookupKey, None]] = {}
    for scope, each in told:
        if each and scope.pk is not None:  # in a set of tables that was just deleted nobody looks anything up
            scopes[scope.pk] = scope
            keys.setdefault(scope.pk, {}).update(dict.fromkeys(each))
    for pk in sorted(keys):
        once_more(pk)
    answers = [
        answer
        for pk, found in keys.items()
        for _, answer in lookup_changed.send(sender=Change, scope=scopes[pk], keys=list(found))
    ]
    return sum(int(answer) for answer in answers if answer is not None)
