"""Which installation this is, and whether it may post (E5, E6).

The database and a file outside it hold the same epoch: a line of descent and a moment, "5f3a….1700000000000000".
The moment moves on with every slice that posts. A database that is behind its file was restored from a backup, one
of another line was copied here, one without a file came to a new machine, one of another address is a clone. Then
nothing is posted until a supervisor confirms, and every unposted record is looked up before its first write.
"""

import secrets
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q
from django.db.models.signals import post_migrate
from django.utils import timezone

from audit.trail import Subject, log
from integrations import epoch_file
from integrations.epoch_file import Remembered
from integrations.models import Installation, Posting, Record

# Without x, so that a link can never hold the word xero; without 0, o, 1, i, l and u, which are misread.
TOKEN_LETTERS = "abcdefghjkmnpqrstvwyz23456789"  # noqa: S105  (an alphabet, no secret)
TOKEN_LENGTH = 10
_KNOWN_FOR = timedelta(seconds=60)
_ONLY = 1
_known: tuple[datetime, Installation] | None = None


def current() -> Installation:
    """This installation, made at the first start together with its epoch file. May be a minute old."""
    global _known
    now = timezone.now()
    if _known is not None and timedelta(0) <= now - _known[0] < _KNOWN_FOR:
        return _known[1]
    found = _now()
    if not transaction.get_connection().in_atomic_block:  # else it may yet be rolled back
        _known = (now, found)
    return found


def may_post() -> bool:
    """Asked by each slice that is about to post, outside a transaction. False while a doubt is open.

    True moves the epoch on, so that a backup taken before this moment shows itself when it is restored.
    """
    row = _now()
    if _doubt_about(row) is not None:
        return False
    _advance(row)
    return True


def in_doubt() -> str | None:
    """Why nothing is posted, in a sentence for the pages; None when all is well. Raises the doubt if it is new."""
    return _doubt_about(_now())


def _doubt_about(row: Installation) -> str | None:
    remembered = epoch_file.read(settings.EPOCH_FILE)
    why = _disagreement(row, remembered)
    if why is not None:
        # Another worker may have moved both on between the two looks, the database first: it is never behind the file.
        row.refresh_from_db()
        why = _disagreement(row, remembered)
    if why is not None and not _was_confirmed_for(row, remembered):
        _raise_doubt(row, why)
        took_part = Remembered(remembered.epoch if remembered else "", _text(row.doubted_at))
        if took_part != remembered:
            epoch_file.write(settings.EPOCH_FILE, took_part)
        return why
    if _is_open(row):
        return "Another machine of this installation doubts that this database may post from there."
    if why is not None:
        _remember(row)
    return None


def _advance(row: Installation) -> None:
    """Move the epoch on, in the database first: a crash in between leaves it ahead of the file, which is no doubt."""
    epoch = _later(row.epoch)
    if Installation.objects.filter(pk=row.pk, epoch=row.epoch).update(epoch=epoch):
        epoch_file.write(settings.EPOCH_FILE, Remembered(epoch))


def confirm(user: User) -> int:
    """A supervisor says that this copy may post. Returns how many records will be looked up before their first write.

    Does nothing where there is no doubt. Raises PermissionDenied without `integrations.confirm_installation`.
    """
    if not user.has_perm("integrations.confirm_installation"):
        raise PermissionDenied
    if in_doubt() is None:
        return 0
    with transaction.atomic():
        row = Installation.objects.select_for_update().get(pk=_ONLY)
        before, row.site = row.site, settings.SITE_URL
        row.epoch = _later(row.epoch)
        row.confirmed_at, row.confirmed_by = timezone.now(), user
        row.save()
        standing = Posting.objects.exclude(target_id="").values("record_id")
        looked_up = Record.objects.exclude(pk__in=standing).update(look_up_first=True)
        details = {"site": row.site, "before": before, "records": looked_up}
        log("installation.confirmed", _subject(row), actor=user, details=details)
    _remember(row)
    forget()
    return looked_up


def forget() -> None:
    """Let the next `current` ask the database."""
    global _known
    _known = None


def _forget_after_flush(**_signal: object) -> None:
    forget()


post_migrate.connect(_forget_after_flush, dispatch_uid="integrations.installation.forget")


def _now() -> Installation:
    return Installation.objects.filter(pk=_ONLY).first() or _made()


def _made() -> Installation:
    """The file first, so that a process that comes second finds it together with the row.

    Where another database has posted already, this one is of another line and stands in doubt at once.
    """
    epoch_file.create(settings.EPOCH_FILE, Remembered(_new_line()))
    remembered = epoch_file.read(settings.EPOCH_FILE) or Remembered()
    unused = bool(remembered.epoch) and not _parts(remembered.epoch)[1]
    return Installation.objects.get_or_create(
        pk=_ONLY,
        defaults={
            "site": settings.SITE_URL,
            "epoch": remembered.epoch if unused else _new_line(),
            "token": "".join(secrets.choice(TOKEN_LETTERS) for _ in range(TOKEN_LENGTH)),
        },
    )[0]


def _disagreement(row: Installation, remembered: Remembered | None) -> str | None:
    """What speaks against this database on this machine, whatever was confirmed."""
    if row.site != settings.SITE_URL:
        return f"This database was made for {row.site}, and this is {settings.SITE_URL}."
    if remembered is None or not remembered.epoch:
        return "This machine has never seen this database before."
    (line, moment), (our_line, our_moment) = _parts(row.epoch), _parts(remembered.epoch)
    if line != our_line:
        return "Another database than this one last posted from this machine."
    if moment < our_moment:
        return "This database is older than what was last posted from here: it was restored from a backup."
    return None


def _is_open(row: Installation) -> bool:
    return row.doubted_at is not None and (row.confirmed_at is None or row.confirmed_at < row.doubted_at)


def _was_confirmed_for(row: Installation, remembered: Remembered | None) -> bool:
    """Whether exactly the doubt that this machine took part in has been confirmed since, on another machine."""
    if remembered is None or not remembered.doubted_at or row.site != settings.SITE_URL:
        return False
    return remembered.doubted_at == _text(row.doubted_at) and not _is_open(row)


def _raise_doubt(row: Installation, why: str) -> None:
    """Once, with an entry; brings `row` up to date."""
    with transaction.atomic():
        closed = Q(doubted_at=None) | Q(confirmed_at__gte=F("doubted_at"))
        if Installation.objects.filter(closed, pk=row.pk).update(doubted_at=timezone.now()):
            log("installation.doubted", _subject(row), details={"why": why})
        row.refresh_from_db()
    forget()


def _remember(row: Installation) -> None:
    epoch_file.write(settings.EPOCH_FILE, Remembered(row.epoch))


def _subject(row: Installation) -> Subject:
    return Subject("installation", row.pk, row.site)


def _parts(epoch: str) -> tuple[str, int]:
    line, _, moment = epoch.partition(".")
    return line, int(moment) if moment.isdigit() else 0


def _new_line() -> str:
    return f"{secrets.token_hex(6)}.0"


def _later(epoch: str) -> str:
    """Later than any epoch of this line that any machine has seen, clocks permitting."""
    line, moment = _parts(epoch)
    return f"{line}.{max(time.time_ns() // 1000, moment + 1)}"


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
