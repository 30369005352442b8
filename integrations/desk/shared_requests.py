"""Requests that several orders of one project share, as a run sends them: their headers, and their statuses (E32)."""

from collections.abc import Sequence

from integrations.engine.projects.dry_walk import NOT_YET
from integrations.engine.projects.foreseeing import Foreseen
from integrations.models import Record
from integrations.project_documents import CommitmentStatus
from integrations.project_writes import HeaderWrite, ProjectWrite, StatusWrite
from integrations.systems import system

MOST_NAMED = 10
Shared = Sequence[tuple[str, ProjectWrite]]


class Together:
    """Of orders that a run takes beside each other, oldest first: with whom each shares a request."""

    def __init__(self, found: Sequence[tuple[Record, Foreseen]]) -> None:
        self._groups: dict[tuple[type, str], list[tuple[str, ProjectWrite]]] = {}
        self._most = system(found[0][0].integration.target.system).commitment_batch if found else 1
        for record, each in found:
            for write in each.writes:
                if (key := _shares(each, write)) is not None:
                    self._groups.setdefault(key, []).append((record.number, write))

    def of(self, found: Foreseen, write: ProjectWrite) -> Shared:
        """The orders whose rows go in this write's request, with their writes; one alone where nobody shares it."""
        key = _shares(found, write)
        group = self._groups.get(key, []) if key is not None else []
        at = next((at for at, (_, each) in enumerate(group) if each is write), None)
        if at is None:
            return []
        start = at - at % self._most
        return group[start : start + self._most]


def known(shared: Shared) -> list[ProjectWrite]:
    """Those whose rows can be written down before anything was sent."""
    return [write for _, write in shared if not is_later(write)]


def is_later(write: ProjectWrite) -> bool:
    """Whether it names an id that is given to what is written before."""
    match write:
        case HeaderWrite(commitment):
            return commitment.vendor == NOT_YET
        case StatusWrite(_, commitment):
            return commitment == NOT_YET
    return False


def in_words(shared: Shared, own: ProjectWrite) -> str:
    """Who else is in it, and whose rows are not known yet."""
    others = [number for number, write in shared if write is not own]
    if not others:
        return ""
    later = sum(is_later(write) for _, write in shared)
    unknown = f"; {later} of the rows follow when their ids are known" if 0 < later < len(shared) else ""
    return f"In one request with {_named(others)}{unknown}."


def _named(numbers: Sequence[str]) -> str:
    more = len(numbers) - MOST_NAMED
    return ", ".join(numbers[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _shares(found: Foreseen, write: ProjectWrite) -> tuple[type, str] | None:
    """As orders are written abreast: headers of new ones, and every status but the way back to a draft."""
    match write:
        case HeaderWrite(commitment) if found.stands is None:
            return HeaderWrite, commitment.project
        case StatusWrite(project, _, status) if status is not CommitmentStatus.DRAFT:
            return StatusWrite, project
    return None
