"""The integrations section: schedules in words, sync now, trial mode, where the records are."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from audit.models import Entry
from integrations.admin.integrations import SCHEDULE, TOLD, IntegrationAdmin
from integrations.engine import decisions, pause, proposed_settings, ticking
from integrations.models import (
    Decision,
    Health,
    Integration,
    Posting,
    ProjectSettings,
    Record,
    Run,
    Standing,
    Sweep,
    Tally,
    Work,
)
from integrations.pairs import pair
from tests.engine.rows import a_connection, an_integration
from tests.portal.conftest import person
from tests.portal.consents import text
from tests.portal.desks import a_held_record, lacking, posted

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 1, 20, 12, tzinfo=UTC)


@pytest.fixture
def desk(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator)
    return client


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The integrations that a worker was woken for."""
    woken: list[int] = []
    monkeypatch.setattr(ticking, "queue_slice", lambda woken_one, _asked_by: woken.append(woken_one))
    return woken


def a_client(role: str) -> Client:
    client = Client()
    client.force_login(person("someone", role))
    return client


def change_page(integration: Integration) -> str:
    return reverse("admin:integrations_integration_change", args=[integration.pk])


def button(name: str, integration: Integration) -> str:
    return reverse(f"admin:integrations_integration_{name}", args=[integration.pk])


def settings_of(integration: Integration, **changes: Any) -> dict[str, Any]:
    """The form as it stands, with changes."""
    values = {
        "name": integration.name,
        "pair": integration.pair,
        "source": integration.source_id,
        "target": integration.target_id,
        "scope": integration.scope_id,
        "start_date": str(integration.start_date),
        "schedule": integration.schedule,
        "every_minutes": integration.every_minutes,
        "cron": "",
        "time_zone": integration.time_zone,
        "on_gap": integration.on_gap,
        "bills_from": integration.bills_from,
        "tax_from": integration.tax_from,
        "date_from": integration.date_from,
        "approval_rule": integration.approval_rule,
        "vendors": integration.vendors,
        "vendor_changes_need_approval": "on",
    }
    return {**values, **changes}


@pytest.mark.promise(32)
@time_machine.travel(NOON, tick=False)
def test_a_new_cadence_shows_its_next_run_at_once_in_its_own_time_zone(desk: Client) -> None:
    integration = an_integration()
    daily = {"enabled": "on", "schedule": "daily", "daily_at": "06:30", "time_zone": "America/Vancouver"}
    page = text(desk.post(change_page(integration), settings_of(integration, **daily), follow=True))
    assert "Every day at 06:30 America/Vancouver, next on Tue 20 Jan 06:30." in page
    integration.refresh_from_db()
    assert integration.next_run_at == datetime(2026, 1, 20, 14, 30, tzinfo=UTC)
    page = text(desk.get(change_page(integration)))
    assert "Every day at 06:30 America/Vancouver" in page
    assert "next Tue 20 Jan 06:30 America/Vancouver" in page


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"schedule": "cron", "cron": "61 * * * *"}, "is not a cron expression"),
        ({"schedule": "daily"}, "Say at what time"),
        ({"schedule": "every", "every_minutes": 0}, "greater than or equal to 1"),
        ({"approval_rule": "above"}, "Above which amount"),
        ({"time_zone": "Mars/Olympus"}, "valid choice"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_in_words(desk: Client, changes: dict[str, Any], answer: str) -> None:
    integration = an_integration()
    page = desk.post(change_page(integration), settings_of(integration, **changes))
    assert page.status_code == 200
    assert answer in text(page)
    assert Integration.objects.get().schedule == "manual"


def test_settings_leave_an_entry_with_both_sides(desk: Client, administrator: User) -> None:
    integration = an_integration()
    desk.post(change_page(integration), settings_of(integration, on_gap="hold", start_date="2026-02-01"))
    entry = Entry.objects.get(action="integration.changed")
    assert entry.actor == administrator
    assert entry.details["before"]["start date"] == "2026-01-01"
    assert entry.details["after"] == {
        "start date": "2026-02-01",
        "on gap": "hold the record and go on with the others",
    }


def test_saving_without_a_change_leaves_nothing(desk: Client) -> None:
    integration = an_integration()
    desk.post(change_page(integration), settings_of(integration))
    assert not Entry.objects.filter(action="integration.changed").exists()


def test_tables_of_other_companies_are_refused(desk: Client) -> None:
    integration, other = an_integration("Mine"), an_integration("Other")
    page = desk.post(change_page(integration), settings_of(integration, scope=other.scope_id))
    assert "belongs to other companies" in text(page)


def test_what_it_joins_stays_once_documents_were_read(desk: Client) -> None:
    integration, other = an_integration("Mine"), an_integration("Other")
    a_held_record(integration, "PF1")
    desk.post(change_page(integration), settings_of(integration, source=other.source_id, name="Renamed"))
    integration.refresh_from_db()
    assert (integration.name, integration.source) != ("Renamed", other.source)
    assert integration.source != other.source


# Sync now


def test_sync_now_wakes_a_worker_and_is_on_record(queued: list[int]) -> None:
    integration = an_integration()
    client = a_client("Accounting staff")
    page = text(client.post(button("sync", integration), follow=True))
    assert "is syncing" in page
    assert queued == [integration.pk]
    assert Entry.objects.get(action="integration.sync_asked").subject_label == integration.name


def test_sync_now_says_what_stands_against_it(queued: list[int]) -> None:
    integration = an_integration()
    integration.target.health = Health.RECONNECT
    integration.target.save()
    page = text(a_client("Accounting staff").post(button("sync", integration), follow=True))
    assert "reconnect needed: mend it first" in page
    assert queued == []


def test_several_are_synced_from_the_list(queued: list[int]) -> None:
    both = [an_integration("A"), an_integration("B")]
    chosen = {"action": "sync_chosen", "_selected_action": [integration.pk for integration in both]}
    a_client("Supervisor").post("/integrations/integration/", chosen)
    assert queued == [integration.pk for integration in both]


def test_sync_now_is_a_button(queued: list[int]) -> None:
    assert a_client("Supervisor").get(button("sync", an_integration())).status_code == 405
    assert queued == []


def test_sweep_now_reads_everything_once_more_and_is_on_record(queued: list[int]) -> None:
    integration = an_integration()
    client = a_client("Accounting staff")
    assert button("sweep", integration) in text(client.get(change_page(integration)))
    page = text(client.post(button("sweep", integration), follow=True))
    assert "reads everything at both systems once more" in page
    assert queued == [integration.pk]
    sides = sorted(Sweep.objects.values_list("side", "feed"))
    assert sides == [("source", "bills"), ("source", "purchase-orders"), ("target", "bills")]
    client.post(button("sweep", integration))
    assert Sweep.objects.count() == len(sides), "one that is under way goes on"
    entries = Entry.objects.filter(action="integration.sweep_asked", subject_label=integration.name)
    assert entries.count() == 2
    assert client.get(button("sweep", integration)).status_code == 405


def test_an_auditor_finds_no_button_to_sweep(queued: list[int]) -> None:
    integration, client = an_integration(), a_client("Auditor")
    assert "Sweep now" not in text(client.get(change_page(integration)))
    assert client.post(button("sweep", integration)).status_code == 403
    assert queued == []


# Trial mode


def test_a_new_integration_is_in_trial_mode(desk: Client) -> None:
    values = settings_of(an_integration("Old"), name="New")
    assert desk.post("/integrations/integration/add/", values).status_code == 302
    made = Integration.objects.get(name="New")
    assert made.trial
    assert Entry.objects.filter(action="integration.added", subject_id=str(made.pk)).exists()


def test_trial_mode_is_no_field_of_the_form(desk: Client) -> None:
    integration = an_integration(trial=True)
    desk.post(change_page(integration), settings_of(integration, trial=""))
    integration.refresh_from_db()
    assert integration.trial


def test_a66_posting_starts_after_seeing_what_waits_and_by_a_second_person() -> None:
    integration = an_integration(trial=True)
    a_held_record(integration, "PF1", work=Work.WAITING, hold_reason="")
    client = a_client("Supervisor")
    page = text(client.get(button("posting", integration)))
    assert "1,250.50 USD" in page
    assert "nobody else here may" in page
    assert "Give a reason" in text(client.post(button("posting", integration), {"to": "posting"}))
    said = text(
        client.post(button("posting", integration), {"to": "posting", "reason": "Tables are complete"}, follow=True)
    )
    assert "A second person decides" in said
    integration.refresh_from_db()
    assert integration.trial
    decision = Decision.objects.get(kind="leave-trial")
    assert decision.choice["amounts"] == {"USD": "1250.50"}
    decisions.decide(decision, person("sven", "Supervisor"), True, "Seen the preview")
    integration.refresh_from_db()
    assert not integration.trial
    entry = Entry.objects.get(action="integration.posting_started")
    assert (entry.details, entry.actor_label) == ({"waiting": 1}, "sven")


def test_e11_a_one_person_installation_starts_posting_alone(settings: Any) -> None:
    settings.SECOND_PERSON = False
    integration = an_integration(trial=True)
    a_client("Supervisor").post(button("posting", integration), {"to": "posting", "reason": "Only me"})
    integration.refresh_from_db()
    assert not integration.trial
    assert Decision.objects.get().second_person is False


def test_the_administrator_may_stop_posting_and_ask_for_it_but_not_start_it(desk: Client, administrator: User) -> None:
    integration = an_integration(trial=False)
    desk.post(button("posting", integration), {"to": "trial"})
    integration.refresh_from_db()
    assert integration.trial
    desk.post(button("posting", integration), {"to": "posting", "reason": "ready"})
    integration.refresh_from_db()
    assert integration.trial
    assert Decision.objects.get().asked_by == administrator


def test_a66_a_setting_that_changes_meanwhile_makes_the_wish_to_post_lapse(desk: Client) -> None:
    integration = an_integration(trial=True)
    desk.post(button("posting", integration), {"to": "posting", "reason": "ready"})
    Integration.objects.update(tax_from="target")
    said = decisions.decide(Decision.objects.get(), person("sven", "Supervisor"), True, "fine")
    assert said.startswith("lapsed")
    integration.refresh_from_db()
    assert integration.trial


# Settings that guard something


def test_a98_a_loosened_setting_waits_for_a_second_person_and_a_tightened_one_acts_at_once(
    desk: Client, administrator: User
) -> None:
    integration = an_integration(approval_rule="above", approval_above=Decimal(1000), on_gap="pause")
    a_held_record(integration, "PF1")
    changes = {"approval_rule": "above", "approval_above": "5000", "on_gap": "hold", "why": "Too many clicks"}
    changes |= {"hold_without_number": "on"}
    said = text(desk.post(change_page(integration), settings_of(integration, **changes), follow=True))
    assert "Not in force yet" in said
    integration.refresh_from_db()
    assert (integration.approval_above, integration.on_gap) == (Decimal(1000), "pause")
    assert integration.hold_without_number
    decision = Decision.objects.get()
    assert (decision.kind, decision.asked_by, decision.asked_because) == ("setting", administrator, "Too many clicks")
    assert set(decision.choice) == {"approval_above", "on_gap"}
    assert decisions.decide(decision, person("sven", "Supervisor"), True, "agreed") == "approved."
    integration.refresh_from_db()
    assert (integration.approval_above, integration.on_gap) == (Decimal(5000), "hold")
    entry = Entry.objects.filter(action="integration.changed").latest("pk")
    assert (entry.details["before"]["approval above"], entry.details["after"]["approval above"]) == (
        "1000.00",
        "5000",
    )


def test_a98_a_refused_setting_never_acts(desk: Client) -> None:
    integration = an_integration(on_gap="pause")
    a_held_record(integration, "PF1")
    desk.post(change_page(integration), settings_of(integration, on_gap="hold"))
    decisions.decide(Decision.objects.get(), person("sven", "Supervisor"), False, "we pause")
    integration.refresh_from_db()
    assert integration.on_gap == "pause"


def test_a98_before_anything_was_read_all_settings_act_at_once(desk: Client) -> None:
    integration = an_integration(on_gap="pause")
    desk.post(change_page(integration), settings_of(integration, on_gap="hold"))
    integration.refresh_from_db()
    assert integration.on_gap == "hold"
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("before", "after", "loosened"),
    [
        ({"approval_rule": "always"}, {"approval_rule": "never"}, ["approval_rule"]),
        ({"approval_rule": "never"}, {"approval_rule": "always"}, []),
        ({"over_billing_percent": None}, {"over_billing_percent": Decimal(5)}, ["over_billing_percent"]),
        ({"over_billing_percent": Decimal(5)}, {"over_billing_percent": Decimal(2)}, []),
        (
            {"over_billing_percent": Decimal(5), "over_billing_amount": Decimal(10)},
            {"over_billing_percent": Decimal(5), "over_billing_amount": None},
            ["over_billing_amount"],
        ),
        ({"tax_from": "source"}, {"tax_from": "target"}, ["tax_from"]),
        ({"tax_from": "target"}, {"tax_from": "source"}, []),
        ({"start_date": date(2026, 1, 1)}, {"start_date": date(2025, 1, 1)}, ["start_date"]),
        ({"start_date": date(2026, 1, 1)}, {"start_date": date(2026, 2, 1)}, ["start_date"]),
        ({"bills_from": "orders"}, {"bills_from": "bills"}, ["bills_from"]),
        ({"vendor_changes_need_approval": True}, {"vendor_changes_need_approval": False}, [
            "vendor_changes_need_approval"]),
        ({"name": "A"}, {"name": "B"}, []),
    ],
)  # fmt: skip
def test_a98_it_is_told_which_change_loosens(
    before: dict[str, Any], after: dict[str, Any], loosened: list[str]
) -> None:
    assert proposed_settings.loosened(Integration(**before), Integration(**{**before, **after})) == loosened


# A paused batch


def test_a69_a_paused_batch_says_what_waits_behind_it_and_a_supervisor_lets_the_rest_go_on() -> None:
    integration = an_integration(on_gap="pause")
    lacking(a_held_record(integration, "PF1"), "account", "6400", "", "", "")
    a_held_record(integration, "PF2", work=Work.WAITING, hold_reason="")
    a_held_record(integration, "PF3", work=Work.WAITING, hold_reason="", currency="EUR", amount=Decimal("99.95"))
    supervisor = person("susan", "Supervisor")
    client = Client()
    client.force_login(supervisor)
    page = text(client.get(button("pass_pause", integration)))
    assert "99.95 EUR" in page
    assert "1,250.50 USD" in page
    assert "Give a reason" in text(client.post(button("pass_pause", integration)))
    client.post(button("pass_pause", integration), {"reason": "Month end"})
    integration.refresh_from_db()
    (flow,) = [flow for flow in pair("procurify-xero").flows if flow.slug == "purchase-orders"]
    assert not pause.is_paused(integration, flow)
    assert Decision.objects.get().kind == "pass-pause"
    assert Entry.objects.get(action="integration.pause_passed").details["waiting"] == 2
    lacking(a_held_record(integration, "PF4"), "account", "6500", "", "", "")
    assert pause.is_paused(integration, flow)


def test_a69_only_a_supervisor_lets_the_rest_go_on(desk: Client) -> None:
    assert desk.post(button("pass_pause", an_integration()), {"reason": "x"}).status_code == 403


# What the page shows


@pytest.mark.promise(24)
def test_the_page_shows_every_place_and_that_it_adds_up(desk: Client) -> None:
    integration = an_integration()
    a_held_record(integration, "PF1")
    posted(a_held_record(integration, "PF2", work=Work.DONE, hold_reason=""))
    Tally.objects.create(
        integration=integration, flow="purchase-orders", currency="USD", count=2, amount=Decimal("2501.00")
    )
    page = text(desk.get(change_page(integration)))
    assert f"?integration={integration.pk}&amp;flow=purchase-orders&amp;place=held" in page
    assert "Posted as draft" in page
    assert "does not add up" not in page
    integration.records.filter(number="PF1").update(amount=Decimal("1.00"))
    assert "does not add up" in text(desk.get(change_page(integration)))


def test_a_paused_batch_says_so(desk: Client) -> None:
    integration = an_integration(on_gap="pause")
    assert "nothing is posted until the gaps are filled" not in text(desk.get(change_page(integration)))
    a_held_record(integration, "PF1")
    assert "nothing is posted until the gaps are filled" in text(desk.get(change_page(integration)))


def test_the_last_runs_say_how_they_ended(desk: Client) -> None:
    integration = an_integration()
    Run.objects.create(integration=integration, started_at=NOON, finished_at=NOON, read=37, failure="Xero is down.")
    page = text(desk.get(change_page(integration)))
    assert "Xero is down." in page
    assert ">37<" in page


def test_limited_people_see_theirs_only(desk: Client, administrator: User, queued: list[int]) -> None:
    mine, other = an_integration("Mine"), an_integration("Other")
    mine.limited_to.add(administrator)
    page = text(desk.get("/integrations/integration/"))
    assert "Mine" in page
    assert "Other" not in page
    assert desk.post(button("sync", other)).status_code == 404
    assert desk.get(button("posting", other)).status_code in (403, 404)
    offered = text(desk.get("/integrations/integration/add/"))
    assert str(other.source) not in offered
    assert queued == []


def test_e14_limited_people_do_not_choose_who_is(desk: Client, administrator: User) -> None:
    """Taken out of it, they would see everything."""
    mine, susan = an_integration("Mine"), person("susan", "Supervisor")
    mine.limited_to.set([administrator, susan])
    desk.post(change_page(mine), settings_of(mine, limited_to=[]))
    assert set(mine.limited_to.all()) == {administrator, susan}


def test_e14_what_limited_people_add_they_see(desk: Client, administrator: User) -> None:
    mine = an_integration("Mine")
    mine.limited_to.add(administrator)
    desk.post("/integrations/integration/add/", settings_of(mine, name="Another"))
    assert administrator in Integration.objects.get(name="Another").limited_to.all()


def test_who_is_limited_to_it_is_told_in_the_trail(desk: Client) -> None:
    integration, susan = an_integration(), person("susan", "Supervisor")
    page = text(desk.get(change_page(integration)))
    assert "Who is chosen nowhere sees all of them." in page
    desk.post(change_page(integration), settings_of(integration, limited_to=[susan.pk]))
    told = Entry.objects.filter(action="integration.changed").latest("id").details
    assert (told["before"], told["after"]) == ({"limited to it": []}, {"limited to it": ["susan"]})


def test_every_setting_of_the_form_is_told_in_the_trail() -> None:
    asked = {name for _, part in IntegrationAdmin.fieldsets for name in part["fields"]}
    assert asked - {*TOLD, *SCHEDULE} == {"limited_to", "why"}, "the first is told by name, the second is no setting"


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("Accounting staff", {"view", "sync"}),
        ("Supervisor", {"view", "sync", "posting"}),
        ("Integration administrator", {"view", "change", "sync", "posting"}),
        ("Auditor", {"view"}),
        ("Operator", {"view"}),
    ],
)
def test_every_button_asks_its_own_permission(role: str, may: set[str], queued: list[int]) -> None:
    client, integration = a_client(role), an_integration(trial=True)
    seen = set()
    if client.get(change_page(integration)).status_code == 200:
        seen.add("view")
    if client.post(change_page(integration), settings_of(integration, name="Renamed")).status_code == 302:
        seen.add("change")
    if client.post(button("sync", integration)).status_code == 302:
        seen.add("sync")
    if client.get(button("posting", integration)).status_code == 200:
        seen.add("posting")
    assert seen == may


def test_one_that_has_read_something_is_never_deleted() -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    used, unused = an_integration("Used"), an_integration("Unused")
    a_held_record(used, "PF1")
    for integration in (used, unused):
        client.post(reverse("admin:integrations_integration_delete", args=[integration.pk]), {"post": "yes"})
    assert list(Integration.objects.all()) == [used]
    assert Entry.objects.filter(action="integration.deleted").count() == 1


def test_a_start_date_is_shown_as_a_plain_day(desk: Client) -> None:
    integration = an_integration(source=a_connection("procurify", "elsewhere"), start_date=date(2026, 3, 1))
    assert "2026-03-01" in text(desk.get(change_page(integration)))


def test_attaching_files_says_its_calls_beforehand_and_leaves_an_entry(desk: Client) -> None:
    integration = an_integration("Attaching")
    for number, standing in (("INV-1", Standing.DRAFT), ("INV-2", Standing.LEDGER)):
        posted(a_held_record(integration, number, work=Work.DONE), standing, posted_at=timezone.now())
    a_held_record(integration, "INV-3")
    Record.objects.update(flow="bills")
    page = text(desk.get(change_page(integration)))
    assert "2 bills wait or stand as drafts now: at most 4 calls to each" in page
    assert "The last 30 days had 2: 4 calls to each a month" in page
    desk.post(change_page(integration), settings_of(integration, attach_files="on"))
    integration.refresh_from_db()
    assert integration.attach_files
    entry = Entry.objects.get(action="integration.changed")
    assert entry.details["after"]["attach files"] is True
    due = Posting.objects.filter(files_due=True).values_list("record__number", flat=True)
    assert list(due) == ["INV-1"]


def test_runs_for_which_projects_leave_no_calls_are_refused_with_the_arithmetic(
    desk: Client, settings: Settings
) -> None:
    """The same connection to Xero is read for a project, too; what does not concern its calls may be changed."""
    settings.PACE = {"xero": {"minute": 0, "day": 1000, "concurrent": 0}}
    integration = an_integration(schedule="every", every_minutes=15)
    project = an_integration("Northline", source=integration.target, pair="xero-procore")
    ProjectSettings.objects.create(integration=project)
    page = text(desk.post(change_page(integration), settings_of(integration, every_minutes=2)))
    assert "That is 1,846 calls a day: its own runs 1,504, other integrations of this connection 342." in page
    integration.refresh_from_db()
    assert integration.every_minutes == 15
    Integration.objects.update(every_minutes=2)
    integration.refresh_from_db()
    assert desk.post(change_page(integration), settings_of(integration, name="Renamed")).status_code == 302
    assert "Other integrations of" in text(desk.get(change_page(project)))
