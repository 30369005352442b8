"""Checking that the trail is whole and unaltered, and saying in plain words what is not."""

import hmac
from collections.abc import Iterator

from django.db import connection
from django.db.models import Max

from audit import triggers
from audit.actions import is_evidence
from audit.findings import Failure, Verification
from audit.lines import FORMAT, LEAF, Line, Lines, readable
from audit.models import Entry, Seal
from audit.seals import SealRow, keys, root_of, seal_rows
from audit.trigger_sql import ERASED


def verify(expected: str = "", *, newest: int | None = None) -> Verification:
    """Check every entry, its details and every seal; about 25 s for a million entries (measured).

    `expected` is the digest of any seal, as the log or a digest mail told it: without one, nobody can
    see that the newest seals were cut off together with their entries. `newest` checks about so many of
    the newest sealed entries only, for a page that has to answer. Raises nothing for what it finds.
    """
    result = Verification()
    with readable():
        for failure in _failures(result, expected.strip().lower(), newest):
            result.note(failure)
    return result


def _failures(result: Verification, expected: str, newest: int | None) -> Iterator[Failure]:
    yield from _unprotected()
    yield from _cut_off(expected)
    before = _seal_before(newest)
    entries, erasures = Lines(before.last_id if before else None, with_details=True), _Erasures()
    result.skipped = before.last_id if before else 0
    for seal in seal_rows(before.id if before else 0):
        result.seals += 1
        result.latest_digest = seal.digest
        yield from _broken_chain(seal, before)
        yield from _broken_signature(seal)
        yield from _wrong_entries(seal, entries, erasures, result)
        before = seal
    for line in entries.up_to(None):
        result.unsealed += 1
        yield from _wrong_details(line, erasures, result)


def _seal_before(newest: int | None) -> SealRow | None:
    """The last seal that may be taken on trust: the one after it signs its digest."""
    if newest is None:
        return None
    last_id = Entry.objects.aggregate(last=Max("id"))["last"] or 0
    older = Seal.objects.filter(last_id__lte=last_id - newest).order_by("-id").values_list("id", flat=True)
    before = older.first()
    return next(seal_rows(before - 1)) if before is not None else None


def _cut_off(expected: str) -> Iterator[Failure]:
    if expected and not Seal.objects.filter(digest=expected).exists():
        yield Failure(
            "tail cut",
            "No seal has the digest that was expected: the newest entries were cut off, or the trail was replaced.",
            "Restore the trail from the newest backup, and find out who could write to the database.",
        )


def _unprotected() -> Iterator[Failure]:
    if absent := triggers.missing(connection):
        yield Failure(
            "triggers missing",
            f"The database does not refuse changes to the trail: {', '.join(absent)} missing or altered.",
            "Run migrate --skip-checks to put the triggers back, after you found out who removed them.",
        )


def _broken_chain(seal: SealRow, before: SealRow | None) -> Iterator[Failure]:
    previous, first_id = (before.digest, before.last_id + 1) if before else ("", 1)
    if seal.said.previous != previous or seal.said.first_id != first_id:
        after = f"seal {before.id}" if before else "the beginning"
        words = f"A seal between {after} and seal {seal.id} is missing or was replaced."
        yield Failure("seal missing", words, seal=seal.id)


def _broken_signature(seal: SealRow) -> Iterator[Failure]:
    key = keys().get(seal.said.key_id)
    if key is None:
        yield Failure(
            "key missing",
            f"Seal {seal.id} was signed with key {seal.said.key_id!r}, which is not among the seal keys.",
            "Put this key back into the keys file, after the current one.",
            seal=seal.id,
        )
    elif not (
        seal.said.format == FORMAT
        and hmac.compare_digest(seal.said.signature(key), seal.digest)
        and root_of(seal.leaves) == seal.said.root
        and len(seal.leaves) == seal.said.count * LEAF.size
    ):
        words = f"Seal {seal.id} was altered: nothing vouches for entries {seal.said.first_id} to {seal.last_id}."
        yield Failure("seal broken", words, seal=seal.id)


def _wrong_entries(seal: SealRow, entries: Lines, erasures: "_Erasures", result: Verification) -> Iterator[Failure]:
    sealed = dict(LEAF.iter_unpack(seal.leaves)) if root_of(seal.leaves) == seal.said.root else None
    for line in entries.up_to(seal.last_id):
        result.entries += 1
        if sealed is not None and line.id >= seal.said.first_id:
            yield from _wrong_entry(line, sealed.pop(line.id, None), seal)
        yield from _wrong_details(line, erasures, result)
    for missing in sealed or ():
        words = f"Entry {missing} is missing: it stood under seal {seal.id} and was deleted."
        yield Failure("entry missing", words, entry=missing, seal=seal.id)


def _wrong_entry(line: Line, sealed: bytes | None, seal: SealRow) -> Iterator[Failure]:
    if sealed is None:
        words = f"Entry {line.id} ({line.action}) was inserted after seal {seal.id} was made."
        yield Failure("entry inserted", words, entry=line.id, seal=seal.id)
    elif sealed != LEAF.unpack(line.leaf())[1]:
        words = f"Entry {line.id} ({line.action}) was altered after it was sealed."
        yield Failure("entry altered", words, entry=line.id, seal=seal.id)


def _wrong_details(line: Line, erasures: "_Erasures", result: Verification) -> Iterator[Failure]:
    if not line.details_match():
        words = f"The details of entry {line.id} ({line.action}) are not those that were written with it."
        yield Failure("details altered", words, entry=line.id)
    elif line.details is None and line.details_digest:
        if erasures.cover(line):
            result.erased += 1
        else:
            words = f"The details of entry {line.id} ({line.action}) are missing, and retention did not erase them."
            yield Failure("details missing", words, entry=line.id)


class _Erasures:
    """What the trail says that retention erased: for each action, everything before a moment."""

    def __init__(self) -> None:
        self._before: dict[str, str] = {}

    def cover(self, line: Line) -> bool:
        """Whether an erasure explains that this entry has no details; evidence is never erased (A105)."""
        at = line.at[:19].replace("T", " ")
        if at >= self._before.get(line.action, ""):
            self._before = self._read()
        return at < self._before.get(line.action, "") and not is_evidence(line.action)

    @staticmethod
    def _read() -> dict[str, str]:
        told = Entry.objects.filter(action=ERASED, subject_kind="retention").order_by()
        return dict(told.values_list("subject_label").annotate(before=Max("subject_id")))
