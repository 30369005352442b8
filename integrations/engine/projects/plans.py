"""What is to become of one order: the commitment that it is worth, and the content that decisions are bound to."""

import hashlib
from dataclasses import dataclass, replace

from integrations.engine.evidence import People
from integrations.models import Record
from integrations.pairs.flow import Note
from integrations.pairs.xero_procore.answers import Answer
from integrations.pairs.xero_procore.documents import SourceLine, line_of, line_origin, times
from integrations.pairs.xero_procore.lookups import LookedUp
from integrations.project_documents import Commitment


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """`wanted` is None for an order that was withdrawn at its source; `why` says so.

    It `restores` what people changed of the commitment, where somebody asked for that.
    """

    record: Record
    wanted: Commitment | None
    content: str
    why: str = ""
    used: tuple[tuple[str, int, int], ...] = ()
    notes: tuple[Note, ...] = ()
    people: People = ()
    source: tuple[SourceLine, ...] = ()
    coded: tuple[LookedUp, ...] = ()
    restores: bool = False


def of_order(record: Record, answer: Answer[Commitment], people: People = ()) -> OrderPlan:
    """An order that lacks nothing."""
    wanted = answer.result
    if wanted is None:
        raise ValueError("Only an answer with a result becomes a plan.")
    return OrderPlan(
        record, wanted, content_of(wanted), used=answer.used, notes=answer.notes, people=people, coded=answer.coded
    )


def marked(wanted: Commitment, origin: str) -> Commitment:
    """As it is written: an order that was written anew bears another mark, on its lines as well."""
    more = times(origin)
    lines = tuple(replace(each, origin=f"{line_origin(line_of(each.origin))}{more}") for each in wanted.lines)
    return replace(wanted, origin=origin, lines=lines)


def withdrawn(record: Record, why: str) -> OrderPlan:
    return OrderPlan(record, None, "", why)


def content_of(wanted: Commitment) -> str:
    """The hash of everything that will stand."""
    return _hash(wanted)


def header_of(wanted: Commitment) -> str:
    """The hash of what a header's write sends: all but the lines."""
    return _hash(replace(wanted, lines=(), total=wanted.total * 0))


def lines_of(wanted: Commitment) -> str:
    return _hash(wanted.lines)


def _hash(thing: object) -> str:
    return hashlib.sha256(repr(thing).encode()).hexdigest()
