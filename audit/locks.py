"""Who writes entries and who seals them wait for each other, never writer for writer (E20).

Ids become visible out of commit order on PostgreSQL: without this a seal could pass over an entry whose
transaction is still open. On SQLite there is one writer at a time anyway.
"""

from django.db import OperationalError, connection

# "audit" in ASCII; any number would do that nobody else uses.
LOCK = 0x6175646974
SEALER_WAITS = "5s"
LOCK_NOT_AVAILABLE = "55P03"


class WritersBusyError(Exception):
    """A transaction that writes entries stayed open for too long; seal later."""


def hold_off_sealing() -> None:
    """Until the end of this transaction no seal is made; must come before the first id is taken."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])


def hold_off_writing() -> None:
    """Wait for open writers and let no new one begin until the end of this transaction.

    Raises WritersBusyError after SEALER_WAITS, since new writers queue behind the waiting sealer. Needs
    read committed (Django's default): a snapshot taken before the wait would not show what was waited for.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [SEALER_WAITS])
        try:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        except OperationalError as problem:
            if getattr(problem.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
                raise
            raise WritersBusyError(f"Audit entries were being written for longer than {SEALER_WAITS}.") from problem
