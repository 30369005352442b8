"""The test of a connection, in words: who we are there, which company, what we lack, clock and speed (promise 54)."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from django.contrib.auth.models import User

from audit.trail import log
from integrations import connecting
from integrations.documents import CompanyFacts, Permissions
from integrations.engine import clients
from integrations.engine.exchange_log import BulkExchangeLog
from integrations.engine.pace import StoredPace
from integrations.engine.projects import looking
from integrations.engine.projects import used as used_projects
from integrations.engine.tokens import StoredTokens
from integrations.errors import CounterfoilError
from integrations.explanations import sentence
from integrations.http import Wiring
from integrations.models import Connection
from integrations.systems import system
from integrations.systems.facts import Account
from integrations.systems.protocols import TellsPermissions

# Tokens and webhooks of the systems bear a few minutes; beyond, sign-ins fail in ways nobody understands.
MOST_SKEW = 60
ALL_THERE = ("Permissions", "everything that is needed")
SO_FAR = ("Permissions", "everything that is needed, as far as was tried")
FOLLOW = "The other projects follow one by one. How far that is, and what they lack, stands on the connection's page."
SLOW = 3000


@dataclass(frozen=True, slots=True)
class TestResult:
    """What the test found. `facts` are pairs of a name and a sentence, `warnings` what a person should mend."""

    __test__ = False

    works: bool
    headline: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class _Watching(StoredPace):
    """The connection's own pace, which also notes how the system's clock differs from ours, in seconds."""

    skew: float | None = None
    calls = 0

    def learn(self, headers: Mapping[str, str], status: int) -> int | None:
        self.calls += 1
        self.skew = _skew(headers.get("Date", ""), datetime.now(UTC))
        return super().learn(headers, status)


def test(connection: Connection, by: User) -> TestResult:
    """Two or three calls, dozens where rights are told by trying only; none changes anything there.

    Mends or lowers the connection's health by what they showed.
    """
    log_, pace = BulkExchangeLog(connection), _Watching(connection, urgent=True)
    began = time.monotonic()
    try:
        company, permissions = _ask(connection, pace, log_)
    except CounterfoilError as error:
        clients.note_health(connection, error)
        result = TestResult(False, sentence(error), _clock(pace.skew))
    else:
        milliseconds = round((time.monotonic() - began) * 1000 / max(1, pace.calls))
        company = replace(company, warnings=(*company.warnings, *permissions.missing))
        connecting.keep_company(connection, company)
        result = _told(connection, company, pace.skew, milliseconds)
        result.facts.extend(permissions.seen.items())
        looking.begin(connection, permissions.projects)
        if any(each.missing is None for each in permissions.projects):
            result.facts[:] = [SO_FAR if each == ALL_THERE else each for each in result.facts]
            result.facts.append(("Going on", FOLLOW))
        if permissions.unseen:
            result.facts.append(("Not shown to us", used_projects.in_words(connection, permissions.unseen)))
    log("connection.tested", connecting.subject(connection), actor=by, details={"outcome": result.headline})
    return result


def _ask(connection: Connection, pace: StoredPace, log_: BulkExchangeLog) -> tuple[CompanyFacts, Permissions]:
    account = Account(clients.checked_key(connection), connecting.urls(connection.system))
    wiring = Wiring(StoredTokens(connection, log=log_, probing=True), pace, log_)
    client = system(connection.system).load_client().open(account, wiring)
    try:
        company = client.company()
        if not isinstance(client, TellsPermissions):
            return company, Permissions({})
        return company, client.permissions(used_projects.of(connection))
    finally:
        client.close()
        pace.settle()
        log_.write()


def _told(connection: Connection, company: CompanyFacts, skew: float | None, milliseconds: int) -> TestResult:
    label = system(connection.system).label
    facts = [
        ("Company", company.name),
        ("Signed in as", company.identity or "the person who connected it; the system does not say"),
        *_books(company),
        ("Permissions", "some are missing, see below") if company.warnings else ALL_THERE,
        ("Answer time", f"{milliseconds} ms a call{' (slow)' if milliseconds > SLOW else ''}"),
        *_clock(skew),
    ]
    warnings = list(company.warnings)
    if skew is not None and abs(skew) > MOST_SKEW:
        warnings.append("The clocks differ too much. Set this server's clock by a time server (NTP).")
    return TestResult(True, f"{label} answers, as {company.name}.", facts, warnings)


def _books(company: CompanyFacts) -> list[tuple[str, str]]:
    """What only a ledger tells: project books have no currency of the company and no closing."""
    if not company.base_currency:
        return []
    return [("Base currency", company.base_currency), ("Books closed until", str(company.locked_until or "not closed"))]


def _clock(skew: float | None) -> list[tuple[str, str]]:
    if skew is None:
        return []
    seconds = round(abs(skew))
    if seconds <= 1:
        return [("Clock", "agrees with ours")]
    return [("Clock", f"{seconds} seconds {'ahead of' if skew > 0 else 'behind'} ours")]


def _skew(written: str, now: datetime) -> float | None:
    """Seconds by which the system's clock is ahead; its Date header has whole seconds."""
    try:
        theirs = parsedate_to_datetime(written)
    except ValueError:
        return None
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    return (theirs - now).total_seconds() + 0.5
