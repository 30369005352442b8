"""Many workers meet an expired token at once, again and again; or one is killed between answer and save."""

import os
import signal
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

from tests.engine.races import start

told = start.facts()

from django.utils import timezone  # noqa: E402

from integrations.engine.leases import BusyError  # noqa: E402
from integrations.engine.tokens import StoredTokens  # noqa: E402
from integrations.errors import CounterfoilError  # noqa: E402
from integrations.models import Connection, TokenSet  # noqa: E402

AGES = {"refreshed_at": timedelta(minutes=31), "access_expires_at": timedelta(seconds=1)}


def the_connection() -> Connection:
    return Connection.objects.get(system="xero")


def let_expire() -> None:
    row = TokenSet.objects.get()
    for name, age in AGES.items():
        setattr(row, name, timezone.now() - age)
    row.save(update_fields=[*AGES])


def connected() -> None:
    start.connected(told["consent"], told["app"])


def renew(number: int, begin: Any, end: Any, found: Any) -> None:
    connection = the_connection()
    while True:
        begin.wait()
        try:
            token = token_of(connection)
            found.put((token, token == TokenSet.objects.get().access_token))
        except CounterfoilError as error:
            found.put((type(error).__name__, False))
        end.wait()


def token_of(connection: Connection) -> str:
    """Asked for again where the one that renews takes long: the work of a slice would be put back."""
    while True:
        with suppress(BusyError):
            return StoredTokens(connection).access_token()


def race() -> None:
    """Every round: all find the token expired, all must come back with the same new one, which is saved already."""
    connected()
    count, rounds = told["workers"], told["rounds"]
    begin, end, found = start.FORK.Barrier(count + 1), start.FORK.Barrier(count + 1), start.FORK.Queue()
    crew = start.workers(count, renew, begin, end, found)
    wrong, generation = [], TokenSet.objects.get().generation
    for number in range(rounds):
        let_expire()
        begin.wait(start.PATIENCE)
        end.wait(start.PATIENCE)
        tokens = {found.get(timeout=start.PATIENCE) for _ in range(count)}
        generation += 1
        if len(tokens) != 1 or not all(saved for _, saved in tokens) or TokenSet.objects.get().generation != generation:
            wrong.append([number, [name if name.endswith("Error") else "a token" for name, _ in tokens]])
    for each in crew:
        each.terminate()
    start.tell(wrong=wrong, generation=generation)


def die_with_the_answer(number: int) -> None:
    StoredTokens._saved = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment, method-assign]
    StoredTokens(the_connection()).access_token()


def death() -> None:
    connected()
    let_expire()
    before = TokenSet.objects.get()
    (dead,) = start.workers(1, die_with_the_answer)
    dead.join(start.PATIENCE)
    left = TokenSet.objects.get()
    start.tell(
        killed=dead.exitcode == -signal.SIGKILL,
        lease_left=bool(left.lease_token),
        unchanged=(left.refresh_token, left.generation) == (before.refresh_token, before.generation),
    )


def after() -> None:
    """The next worker, once the dead one's lease has lapsed."""
    TokenSet.objects.update(lease_until=timezone.now())
    began = time.monotonic()
    try:
        StoredTokens(the_connection()).access_token()
        outcome = "renewed"
    except CounterfoilError as error:
        outcome = type(error).__name__
    start.tell(outcome=outcome, health=the_connection().health, seconds=time.monotonic() - began)


if __name__ == "__main__":
    {"race": race, "death": death, "after": after}[told["act"]]()
