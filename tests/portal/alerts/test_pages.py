"""“My alerts” for each person, and the deliveries for administrators."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from integrations.models import Integration
from portal.alerts import addresses, outside, sending
from portal.alerts.kinds import KINDS
from portal.alerts.models import Alert, Choice, Delivery, Destination, Habit, State
from tests.portal.alerts.conftest import Webhook, somebody
from tests.portal.alerts.test_alerts import write
from tests.world import World

pytestmark = pytest.mark.sqlite

BACKEND = "django.contrib.auth.backends.ModelBackend"
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"


def desk_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def page(client: Client) -> str:
    answer = client.get(reverse("my_alerts"))
    assert answer.status_code == 200
    return answer.content.decode()


def save(client: Client, **choices: str) -> None:
    typed = {name.replace("__", ":").replace("_", "-"): when for name, when in choices.items()}
    client.post(reverse("my_alerts_choose"), {"hour": "9", "zone": "Europe/London", **typed})


def said(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def add(client: Client, address: str, label: str = "Ops") -> str:
    return said(client.post(reverse("my_alerts_add"), {"label": label, "address": address}, follow=True))


def test_everybody_chooses_for_themselves_and_it_leaves_an_entry(anna: User, ivan: User) -> None:
    anna_desk = desk_of(anna)
    assert "New holds" in page(anna_desk)
    save(anna_desk, new_holds__mail="digest", silence__mail="at once")
    chosen = {choice.kind: choice.when for choice in Choice.objects.filter(person=anna)}
    assert (chosen["new-holds"], chosen["silence"], chosen["run-failed"]) == ("digest", "at once", "off")
    assert not Choice.objects.filter(person=ivan).exists()
    habit = Habit.objects.get(person=anna)
    assert (habit.digest_hour, habit.time_zone) == (9, "Europe/London")
    (entry,) = Entry.objects.filter(action="alerts.chosen")
    assert entry.actor == anna


def test_a_page_shows_only_kinds_that_its_reader_may_open(anna: User, transactional_db: None) -> None:
    oscar = somebody("oscar", "Operator")
    assert KINDS["new-holds"].meaning in page(desk_of(anna))
    assert KINDS["new-holds"].meaning not in page(desk_of(oscar))
    save(desk_of(oscar), new_holds__mail="at once")
    assert not Choice.objects.filter(person=oscar, kind="new-holds").exists()


@pytest.mark.parametrize("wrong", [{"hour": "24"}, {"hour": "x"}, {"zone": "Mars/Olympus"}])
def test_an_hour_or_a_zone_that_does_not_exist_changes_nothing(anna: User, wrong: dict[str, str]) -> None:
    desk_of(anna).post(reverse("my_alerts_choose"), {"hour": "9", "zone": "Europe/London", **wrong})
    assert (Choice.objects.count(), Habit.objects.count()) == (0, 0)


def test_a_seal_is_never_sent_at_once(aude: User) -> None:
    save(desk_of(aude), trail_sealed__mail="at once")
    assert Choice.objects.get(person=aude, kind="trail-sealed").when == "off"


def test_a_chat_is_added_tried_and_removed_and_its_address_is_never_shown(anna: User, webhook: Webhook) -> None:
    """A secret of its owner: not on the page, not in an entry."""
    client = desk_of(anna)
    assert "was added" in add(client, webhook.address)
    chat = Destination.objects.get()
    assert (chat.address, chat.service) == (webhook.address, "Webhook")
    assert "a-secret-path" not in page(client)
    assert "on its way" in said(client.post(reverse("my_alerts_test", args=[chat.pk]), follow=True))
    assert len(webhook.told) == 1
    client.post(reverse("my_alerts_remove", args=[chat.pk]))
    assert Destination.objects.count() == 0
    entries = Entry.objects.filter(action__startswith="alerts.destination").order_by("id")
    assert [entry.action for entry in entries] == ["alerts.destination_added", "alerts.destination_removed"]
    assert "a-secret-path" not in str([entry.details for entry in entries])


def test_nobody_tries_or_removes_the_chat_of_another(anna: User, ivan: User, webhook: Webhook) -> None:
    chat = Destination.objects.create(person=anna, label="Ops", address=webhook.address, service="Webhook")
    for name in ("my_alerts_test", "my_alerts_remove"):
        assert desk_of(ivan).post(reverse(name, args=[chat.pk])).status_code == 404
    assert Destination.objects.count() == 1
    assert webhook.told == []


def test_a_test_mail_says_that_nothing_has_happened(anna: User) -> None:
    desk_of(anna).post(reverse("my_alerts_test_mail"))
    (message,) = mail.outbox
    assert message.to == [anna.email]
    assert "Nothing has happened" in message.body


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("file:///etc/passwd", "no address"),
        ("mailto://user:secret@example.com", "no address"),
        ("exec://something-secret", "no address"),
        ("https://example.com/hook", "no address"),
        ("json://example.com/hook", "TLS"),
        ("jsons://127.0.0.1/hook", "private network"),
        ("jsons://localhost/hook", "private network"),
        ("jsons://10.0.0.7/hook", "private network"),
        ("jsons://169.254.169.254/latest/meta-data", "private network"),
        ("jsons://[::1]/hook", "private network|no address|cannot be found"),
        ("mmosts://192.168.1.4/abcdefghijklmnopqrstuvwxyz", "private network"),
        ("workflows://10.1.2.3/WORKFLOW/SIGNATURE", "private network"),
        ("jsons://8.8.8.8/hook?verify=no", "certificates"),
        ("jsons://8.8.8.8/hook?redirect=yes", "redirects"),
        ("slack://nonsense", "no address"),
    ],
)
def test_what_is_no_known_service_or_leads_inside_is_refused_without_repeating_it(
    address: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ValidationError, match=why) as refused:
        addresses.checked(address)
    assert address.partition("://")[2][:12] not in f"{refused.value} {caplog.text}"


@pytest.fixture
def chat_inside() -> Iterator[socket.socket]:
    """A service of this network, which no person may have called."""
    with socket.create_server(("127.0.0.1", 0)) as inside:
        inside.setblocking(False)
        yield inside


def somebody_called(inside: socket.socket) -> bool:
    try:
        inside.accept()[0].close()
    except BlockingIOError:
        return False
    return True


@pytest.mark.parametrize("scheme", ["jsons://{}/hook", "mmosts://{}/abcdefghijklmnopqrstuvwxyz"])
@pytest.mark.parametrize("inside", ["127.0.0.1", "::ffff:127.0.0.1"])
def test_a_name_that_leads_inside_only_when_it_is_called_is_not_followed(
    anna: User, chat_inside: socket.socket, monkeypatch: pytest.MonkeyPatch, scheme: str, inside: str
) -> None:
    """Whoever owns the name answers each question differently."""
    port, asked = chat_inside.getsockname()[1], []

    def answers(host: str, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        family = socket.AF_INET6 if ":" in inside else socket.AF_INET
        address = "8.8.8.8" if len(asked) == 1 else inside
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    address = scheme.format(f"elsewhere.example:{port}")
    chat = Destination.objects.create(person=anna, label="Ops", address=address, service="Webhook")
    assert "private network" in sending.try_out(anna, chat)
    assert len(asked) > 1
    assert not somebody_called(chat_inside)


def test_the_operators_proxy_decides_where_there_is_one(
    anna: User, chat_inside: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{chat_inside.getsockname()[1]}")
    with outside.only_outside() as watch, socket.create_connection(chat_inside.getsockname()):
        assert not watch.refused
    assert somebody_called(chat_inside)


@pytest.mark.parametrize(
    ("address", "service"),
    [(SLACK, "Slack"), ("discord://1234567890/abcdefgh", "Discord"), ("jsons://8.8.8.8/hook", "Webhook")],
)
def test_known_services_are_told_without_redirects_and_with_certificates_checked(address: str, service: str) -> None:
    notifier, found = addresses.checked(address)
    assert found == service
    assert (notifier.redirects, notifier.verify_certificate) == (False, True)


def test_a_name_that_cannot_be_found_is_told_so(anna: User) -> None:
    assert "cannot be found" in add(desk_of(anna), "jsons://no-such-host.invalid/hook")
    assert Destination.objects.count() == 0


def test_a_chat_may_not_bear_the_name_of_another_of_ones_own(anna: User) -> None:
    client = desk_of(anna)
    add(client, SLACK)
    assert "already" in add(client, SLACK)


def test_what_was_given_up_is_seen_by_its_person_and_sent_again_by_an_administrator(
    world: World, ivan: User, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    write()
    Delivery.objects.update(state=State.GIVEN_UP, trouble="The mail server could not be reached.")
    assert "could not be reached" in page(desk_of(ivan))
    listing = reverse("admin:portal_delivery_changelist")
    chosen = {"action": "send_again", "_selected_action": [Delivery.objects.get().pk]}
    assert desk_of(anna).get(listing).status_code == 403
    assert desk_of(anna).post(listing, chosen).status_code == 403
    assert "could not be reached" in desk_of(ivan).get(listing).content.decode()
    desk_of(ivan).post(listing, chosen)
    sending.deliver()
    assert len(mail.outbox) == 1
    assert [entry.actor for entry in Entry.objects.filter(action="alert.sent_again")] == [ivan]


def test_e14_an_administrator_limited_to_some_integrations_sees_only_their_deliveries(world: World, ivan: User) -> None:
    boris = somebody("boris", "Integration administrator")
    other = Integration.objects.get(pk=world.integration.pk)
    other.pk, other.name = None, "Another company"
    other.save()
    other.limited_to.add(boris)
    write("silence", "integration 1", integration=world.integration)
    write("run-failed", "integration 2", integration=other)
    seen = desk_of(boris).get(reverse("admin:portal_delivery_changelist")).context["cl"].queryset
    assert {delivery.alert.integration for delivery in seen} == {other}


def test_strangers_are_sent_to_sign_in(client: Client, transactional_db: None) -> None:
    for name in ("my_alerts", "my_alerts_choose", "my_alerts_add", "my_alerts_test_mail"):
        assert client.post(reverse(name)).status_code == 302
    assert Alert.objects.count() == 0
