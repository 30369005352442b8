"""A restored, copied or cloned database posts nothing until a supervisor has confirmed it (E5)."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from audit.models import Entry
from integrations import epoch_file, installation
from integrations.epoch_file import Remembered
from integrations.errors import ConfigurationError
from integrations.models import Installation
from tests.engine.rows import a_record, an_integration

pytestmark = pytest.mark.django_db


@pytest.fixture
def supervisor() -> User:
    user = User.objects.create_user("supervisor")
    user.user_permissions.add(Permission.objects.get(codename="confirm_installation"))
    return user


def entries() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("action", flat=True))


def another_machine(settings: Any, tmp_path: Path) -> Path:
    """From now on this process has another home; returns the first one's file."""
    first: Path = settings.EPOCH_FILE
    settings.EPOCH_FILE = tmp_path / "another-machine" / "epoch"
    installation.forget()
    return first


def test_a_first_start_may_post_without_asking_anybody() -> None:
    assert installation.may_post()
    assert installation.in_doubt() is None
    assert entries() == []


def test_a_worker_that_moves_on_while_another_looks_is_no_restored_backup(monkeypatch: pytest.MonkeyPatch) -> None:
    assert installation.may_post()
    read = epoch_file.read
    meanwhile: list[bool] = []

    def read_later(path: Path) -> Remembered | None:
        if not meanwhile:
            meanwhile.append(True)
            assert installation.may_post()  # another worker's slice, between the two looks
        return read(path)

    monkeypatch.setattr(epoch_file, "read", read_later)
    assert installation.may_post()
    assert (meanwhile, entries()) == ([True], [])


def test_the_token_is_ten_letters_without_x_and_stays() -> None:
    token = installation.current().token
    assert len(token) == 10
    assert not set(token) - set("abcdefghjkmnpqrstvwyz23456789")
    installation.forget()
    assert installation.current().token == token


def test_the_installation_is_not_asked_for_anew_for_every_bill(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = installation.current()
    monkeypatch.setattr(installation, "_known", (timezone.now(), first))
    with django_assert_num_queries(0):
        assert installation.current().token == first.token


def test_a_restored_backup_posts_nothing_until_confirmed(supervisor: User) -> None:
    assert installation.may_post()
    backup = Installation.objects.values("epoch").get()
    assert installation.may_post()
    Installation.objects.update(**backup)

    assert not installation.may_post()
    assert "restored from a backup" in str(installation.in_doubt())
    assert entries() == ["installation.doubted"]

    installation.confirm(supervisor)
    assert installation.may_post()
    assert entries() == ["installation.doubted", "installation.confirmed"]


def test_a_backup_of_before_the_first_posting_is_noticed_too() -> None:
    installation.current()
    backup = Installation.objects.values("epoch").get()
    assert installation.may_post()
    Installation.objects.update(**backup)
    assert not installation.may_post()


def test_a_crash_between_database_and_file_is_no_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    assert installation.may_post()
    with monkeypatch.context() as dying:
        dying.setattr(epoch_file, "write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            installation.may_post()
    assert installation.may_post()


def test_a_clone_under_another_address_posts_nothing(settings: Any, supervisor: User) -> None:
    assert installation.may_post()
    settings.SITE_URL = "https://staging.example.com"
    assert "staging.example.com" in str(installation.in_doubt())
    assert not installation.may_post()
    installation.confirm(supervisor)
    assert installation.may_post()
    assert Installation.objects.get().site == "https://staging.example.com"


def test_a_database_that_comes_to_another_machine_posts_nothing(settings: Any, tmp_path: Path) -> None:
    assert installation.may_post()
    another_machine(settings, tmp_path)
    assert not installation.may_post()


def test_a_copied_epoch_file_makes_a_second_machine_of_the_same_installation(settings: Any, tmp_path: Path) -> None:
    assert installation.may_post()
    first = another_machine(settings, tmp_path)
    settings.EPOCH_FILE.parent.mkdir()
    settings.EPOCH_FILE.write_text(first.read_text())
    assert installation.may_post()
    assert installation.may_post()
    settings.EPOCH_FILE = first
    assert installation.may_post()


def test_one_confirmation_serves_every_machine_that_took_part_in_the_doubt(
    settings: Any, tmp_path: Path, supervisor: User
) -> None:
    assert installation.may_post()
    web = another_machine(settings, tmp_path)
    worker = settings.EPOCH_FILE
    assert not installation.may_post()

    settings.EPOCH_FILE = web
    assert "Another machine" in str(installation.in_doubt())
    assert not installation.may_post()
    installation.confirm(supervisor)

    settings.EPOCH_FILE = worker
    assert installation.may_post()
    settings.EPOCH_FILE = web
    assert installation.may_post()


def test_a_confirmation_of_one_doubt_is_none_for_the_next(settings: Any, supervisor: User) -> None:
    assert installation.may_post()
    backup = Installation.objects.values().get()
    assert installation.may_post()
    Installation.objects.update(epoch=backup["epoch"])
    assert not installation.may_post()
    installation.confirm(supervisor)
    confirmed = Installation.objects.values().get()
    assert installation.may_post()
    Installation.objects.update(**confirmed)
    assert not installation.may_post()


def test_a_new_database_where_another_one_has_posted_stands_in_doubt_and_the_old_one_does_not() -> None:
    assert installation.may_post()
    old = Installation.objects.values().get()
    Installation.objects.all().delete()
    installation.forget()
    assert not installation.may_post()
    Installation.objects.all().delete()
    Installation.objects.create(**old)
    assert installation.may_post()


def test_confirming_needs_its_own_permission_and_a_doubt(supervisor: User) -> None:
    with pytest.raises(PermissionDenied):
        installation.confirm(User.objects.create_user("clerk"))
    assert installation.confirm(supervisor) == 0
    assert entries() == []


def test_after_a_confirmation_every_unposted_record_is_looked_up_before_its_first_write(
    settings: Any, supervisor: User
) -> None:
    integration = an_integration()
    assert installation.may_post()
    posted, unposted, half_sent = (a_record(integration, number) for number in ("PF1", "PF2", "PF3"))
    for record, target_id in ((posted, "stands-there"), (half_sent, "")):
        record.postings.create(connection=integration.target, kind="bill", reference=record.number, target_id=target_id)
    settings.SITE_URL = "https://elsewhere.example.com"

    before = timezone.now()
    assert installation.confirm(supervisor) == 2
    for record in (posted, unposted, half_sent):
        record.refresh_from_db()
    assert [each.look_up_first for each in (posted, unposted, half_sent)] == [False, True, True]
    here = installation.current()
    assert here.may_have_forgotten(before)
    assert here.may_have_forgotten(None)
    assert not here.may_have_forgotten(timezone.now())


def test_an_installation_that_was_never_in_doubt_looks_nothing_up() -> None:
    assert not installation.current().may_have_forgotten(timezone.now())
    assert not installation.current().may_have_forgotten(None)


def test_an_epoch_file_that_is_not_ours_is_refused_in_words(settings: Any) -> None:
    installation.current()
    settings.EPOCH_FILE.write_text("not json")
    with pytest.raises(ConfigurationError, match="epoch file"):
        installation.may_post()


def test_the_epoch_file_is_made_by_one_process_alone(tmp_path: Path) -> None:
    path = tmp_path / "home" / "epoch"
    epoch_file.create(path, Remembered("first.0"))
    epoch_file.create(path, Remembered("second.0"))
    assert epoch_file.read(path) == Remembered("first.0")
    assert [each.name for each in path.parent.iterdir()] == ["epoch"]
