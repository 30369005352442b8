"""Whatever goes wrong, the pages say it in words: no traceback, no address, no number of a protocol."""

import html
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations import explanations
from integrations.hold_reasons import HOLD_REASONS
from integrations.models import Connection, Flag, Health, Record, Work
from tests.engine.rows import a_record, an_integration
from tests.explanations.test_catalogue import JARGON
from tests.portal.conftest import person
from tests.portal.desks import a_held_record
from tests.world import World

pytestmark = pytest.mark.sqlite

BACKEND = "django.contrib.auth.backends.ModelBackend"
PROTOCOL = re.compile(JARGON.pattern.replace(r"|\b[45]\d\d\b", r"|\banswered [45]\d\d\b|\([45]\d\d\)"))


def words_of(page: Any) -> str:
    """What a person reads: no scripts, styles or tags, and not the redirect address that is there to be copied."""
    text = re.sub(r"(?s)<(script|style)\b.*?</\1>|<[^>]+>|http://localhost:8000/oauth/\S+", " ", page.content.decode())
    return " ".join(html.unescape(text).split())


@pytest.fixture
def desk(world: World) -> Client:
    client = Client()
    client.force_login(person("ivan", "Integration administrator"), backend=BACKEND)
    return client


def record_page(desk: Client, record: Record) -> str:
    page = desk.get(reverse("admin:integrations_record_change", args=[record.pk]))
    assert page.status_code == 200
    said = words_of(page)
    assert not PROTOCOL.search(said), PROTOCOL.search(said)
    return said


def connection_page(desk: Client, connection: Connection) -> str:
    said = words_of(desk.get(reverse("admin:integrations_connection_change", args=[connection.pk])))
    assert not PROTOCOL.search(said), PROTOCOL.search(said)
    return said


def test_a_record_in_every_hold_state_says_who_can_mend_it_where_and_what_then(world: World, desk: Client) -> None:
    for slug, reason in HOLD_REASONS.items():
        record = a_held_record(world.integration, f"PF-{slug}"[:30], hold_reason=slug, explanation="Its date is odd.")
        said = record_page(desk, record)
        told = explanations.of_record(record)
        assert told is not None
        assert told.who == reason.owner
        for part in (told.what, told.next, reason.owner):
            assert part in said, (slug, part)


def test_no_list_of_held_records_shows_anything_raw(world: World, desk: Client) -> None:
    for slug in HOLD_REASONS:
        a_held_record(world.integration, f"PF-{slug}"[:30], hold_reason=slug, explanation="Its date is odd.")
    names = ("record_changelist", "heldrecord_changelist", "run_changelist", "connection_changelist")
    addresses = [reverse(f"admin:integrations_{name}") for name in names]
    for address in (*addresses, reverse("admin:index"), reverse("my_alerts")):
        page = desk.get(address)
        assert page.status_code == 200, address
        said = words_of(page)
        assert not PROTOCOL.search(said), (address, PROTOCOL.search(said))


@pytest.mark.parametrize("work", [Work.WAITING, Work.POSTING, Work.DOUBT, Work.APPROVAL])
def test_a_record_under_way_says_what_will_happen_next(world: World, desk: Client, work: Work) -> None:
    record = a_held_record(world.integration, "PF1", work=work, hold_reason="", not_before=timezone.now())
    told = explanations.of_record(record)
    assert told is not None
    assert told.next in record_page(desk, record)


def test_every_flag_says_what_to_do(world: World, desk: Client) -> None:
    record = a_held_record(world.integration, "PF1", work=Work.DONE, hold_reason="", explanation="")
    for kind in ("total-differs", "edited-in-target", "something-new"):
        Flag.objects.create(record=record, kind=kind, explanation=f"Look at {kind}.", opened_at=timezone.now())
    said = record_page(desk, record)
    for flag in record.flags.all():
        assert explanations.of_flag(flag).next in said


def test_a_refusal_is_told_in_our_sentence_with_their_words_quoted(world: World, desk: Client) -> None:
    world.order("PF1")
    world.sandbox.xero.archive_account("400", tenant=world.tenant)
    world.run()
    record = world.record("PF1")
    told = explanations.of_record(record)
    assert record.hold_reason == "rejected-by-target"
    assert told is not None
    assert told.slug == "account-refused"
    (theirs,) = told.said
    said = record_page(desk, record)
    assert f"“{theirs}”" in said
    assert said.index(told.what) < said.index(theirs)


@pytest.mark.parametrize(
    ("system", "fault", "cause"),
    [
        ("procurify", {"effect": "status", "status": 500}, "out-of-order"),
        ("procurify", {"effect": "status", "status": 405}, "call-refused"),
        ("procurify", {"effect": "status", "status": 302, "headers": {"Location": "https://evil.example/"}},
         "sent-elsewhere"),
        ("procurify", {"effect": "html"}, "unreadable-answer"),
        ("procurify", {"effect": "malformed"}, "unreadable-answer"),
        ("procurify", {"effect": "ignore_filter"}, "filter-ignored"),
        ("procurify", {"effect": "refuse"}, "unreachable"),
        ("procurify", {"effect": "suspend"}, "suspended"),
        ("xero", {"effect": "suspend"}, "out-of-order"),
        ("xero", {"effect": "revoke_token"}, "signed-out"),
        ("xero", {"effect": "status", "status": 403, "body": {"Detail": "AuthenticationUnsuccessful"}}, "company-left"),
        ("xero", {"effect": "status", "status": 401, "body": {"Detail": "AuthorizationUnsuccessful"}}, "scope-missing"),
        ("xero", {"effect": "status", "status": 429, "headers": {"X-Rate-Limit-Problem": "day", "Retry-After": "7200"}},
         "throttled-day"),
        ("xero", {"effect": "status", "status": 500}, "out-of-order"),
        ("xero", {"effect": "status", "status": 400, "body": {"Type": "QueryParseException", "Message": "Syntax"}},
         "call-refused"),
    ],
)  # fmt: skip
def test_whatever_a_system_answers_its_page_explains_it_and_forgets_it_once_it_is_mended(
    world: World, desk: Client, system: str, fault: dict[str, Any], cause: str
) -> None:
    order = world.order("PF1")
    path = "/purchase_orders/" if system == "procurify" and fault["effect"] != "suspend" else ""
    if fault["effect"] == "ignore_filter":
        world.order("PF0", date=world.integration.start_date.replace(year=2020))
        world.run()
    world.sandbox.faults.add(system, path=path or ("^/api.xro" if system == "xero" else ""), times=-1, **fault)
    world.run()
    connection = Connection.objects.get(system=system)
    told = explanations.of_connection(connection)
    assert (connection.last_cause, told.slug if told else "") == (cause, cause)
    assert told is not None
    said = connection_page(desk, connection)
    assert told.what in said
    assert told.next in said
    run = words_of(desk.get(reverse("admin:integrations_integration_change", args=[world.integration.pk])))
    assert not PROTOCOL.search(run), PROTOCOL.search(run)
    assert order
    world.sandbox.faults.clear()
    Connection.objects.filter(pk=connection.pk).update(health=Health.CONNECTED)
    if cause not in ("signed-out", "throttled-day"):  # a person signs in, a day passes
        world.run()
        mended = Connection.objects.get(pk=connection.pk)
        assert (mended.last_error, mended.last_cause, mended.last_error_at) == ("", "", None)
        assert explanations.of_connection(mended) is None
        assert told.what not in connection_page(desk, mended)


def test_what_a_record_said_goes_with_its_cause_in_the_same_transaction(world: World) -> None:
    world.order("PF1", lines=[{**_line(), "account": "6400"}])
    world.run()
    record = world.record("PF1")
    assert "6400" in record.explanation
    User.objects.create_user("anna")
    from mappings.models import AccountRow, ReferenceEntry

    account = ReferenceEntry.objects.get(books=world.integration.scope.target_books, kind="account", code="400")
    AccountRow.objects.create(scope=world.integration.scope, source_code="6400", target=account)
    record.refresh_from_db()
    assert (record.work, record.hold_reason, record.explanation) == (Work.WAITING, "", "")


def _line() -> dict[str, Any]:
    from tests.world import line

    return line()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ("1,000.00", "1,050.00", "total was 1,000.00 USD, is 1,050.00 USD"),
        ("1,000.00 CAD", "1,050.00 CAD", "total was 1,000.00 CAD, is 1,050.00 CAD"),
        ("400.00", "removed", "total was 400.00 USD, is removed"),
    ],
)
def test_a59_a_figure_of_a_flag_without_a_currency_has_its_records(before: str, now: str, said: str) -> None:
    """Flags of projects, and of a time when the currency was not kept with the figure."""
    record = a_record(an_integration(), "PF1")
    record.currency = "USD"
    record.save()
    fields = [["total", before, now], ["vendor", "Alder", "Birch"]]
    words = f"Edited in the target: total was {before}, is {now}; vendor was Alder, is Birch."
    flag = Flag.objects.create(
        record=record, kind="edited-in-target", explanation=words, details={"fields": fields}, opened_at=timezone.now()
    )
    shown = f"Edited in the target: {said}; vendor was Alder, is Birch."
    assert explanations.of_flag(flag).what == shown
    desk = Client()
    desk.force_login(User.objects.create_superuser("susan"))
    assert shown in desk.get(reverse("admin:integrations_flag_changelist")).content.decode()
    page = desk.get(reverse("admin:integrations_flag_change", args=[flag.pk])).content.decode()
    assert said.partition(", is ")[0].removeprefix("total was ") in page
