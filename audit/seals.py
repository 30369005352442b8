"""Sealing: every so often the new entries are signed, chained to what was signed before (E20)."""

import hashlib
import hmac
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit.canonical import canonical
from audit.lines import AT_A_TIME, FORMAT, LEAF, Lines, moment, stored_moment
from audit.locks import WritersBusyError, hold_off_writing
from audit.models import Seal

ROWS_AT_A_TIME = 100
_COLUMNS = (
    "id", "leaves", "digest", "at_text", "format", "first_id", "last_id", "count", "root", "previous", "key_id",
)  # fmt: skip
logger = logging.getLogger("counterfoil.audit")


@dataclass(frozen=True, slots=True)
class Statement:
    """What a seal says and signs."""

    format: int
    at: str
    first_id: int
    last_id: int
    count: int
    root: str
    previous: str
    key_id: str

    def signature(self, key: bytes) -> str:
        """HMAC-SHA256 over all of it, in hexadecimal."""
        said = [
            self.format, self.at, self.first_id, self.last_id, self.count, self.root, self.previous, self.key_id,
        ]  # fmt: skip
        return hmac.new(key, canonical(said).encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class SealRow:
    """A seal as it stands in the database, which may be anything after an attack."""

    id: int
    said: Statement
    leaves: bytes
    digest: str

    @property
    def last_id(self) -> int:
        return self.said.last_id


def seal_rows(after: int = 0) -> Iterator[SealRow]:
    """Every seal with a greater id, in order; read 100 at a time."""
    stored = Seal.objects.order_by("id").annotate(at_text=stored_moment("at"))
    while rows := list(stored.filter(id__gt=after).values_list(*_COLUMNS)[:ROWS_AT_A_TIME]):
        for seal_id, leaves, digest, at, *said in rows:
            statement = Statement(said[0], moment(at), *said[1:])
            yield SealRow(seal_id, statement, bytes(leaves), digest)
        after = rows[-1][0]


def keys() -> dict[str, bytes]:
    """All seal keys by their id; the first one signs, all of them verify."""
    return dict(settings.AUDIT_SEAL_KEYS)


def seal() -> Seal | None:
    """Sign every entry that has no seal yet, 5,000 to a seal, and return the last seal made.

    None where nothing was left to sign, or where writers held the trail for too long; the next call
    then does it. The digest of each seal goes to the log, so that it leaves the database: without it
    nobody could see that the newest entries were cut off. Must not be called inside a transaction.
    """
    latest = None
    try:
        while made := _seal_next():
            latest = made
            if made.count < AT_A_TIME:
                break
    except WritersBusyError as busy:
        logger.warning("The audit trail could not be sealed now. %s", busy)
    return latest


def root_of(leaves: bytes) -> str:
    return hashlib.sha256(leaves).hexdigest()


def _seal_next() -> Seal | None:
    with transaction.atomic(durable=True):
        hold_off_writing()
        before = Seal.objects.order_by("-id").first()
        last_id = before.last_id if before else 0
        leaves = b"".join(line.leaf() for line in islice(Lines(last_id).up_to(None), AT_A_TIME))
        if not leaves:
            return None
        made = _signed(leaves, last_id + 1, before.digest if before else "")
        transaction.on_commit(lambda: _tell(made))
        return made


def _signed(leaves: bytes, first_id: int, previous: str) -> Seal:
    key_id, key = next(iter(keys().items()))
    now = timezone.now()
    last_id, _ = LEAF.unpack(leaves[-LEAF.size :])
    count, root = len(leaves) // LEAF.size, root_of(leaves)
    statement = Statement(FORMAT, moment(now), first_id, last_id, count, root, previous, key_id)
    return Seal.objects.create(
        at=now,
        format=FORMAT,
        first_id=first_id,
        last_id=last_id,
        count=count,
        leaves=leaves,
        root=root,
        previous=previous,
        key_id=key_id,
        digest=statement.signature(key),
    )


def _tell(made: Seal) -> None:
    logger.info(
        "Sealed %d audit entries, %d to %d; the seal's digest is %s",
        made.count,
        made.first_id,
        made.last_id,
        made.digest,
    )
