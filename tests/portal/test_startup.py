"""After every migration: the roles, the one tick, and nothing of django-q2 in the admin (E21, E29)."""

import importlib
import inspect

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import post_migrate
from django_q.models import Schedule

from portal import roles, startup
from portal.devices import Authenticator, SpareCodes


def test_every_permission_that_a_role_names_exists(db: None) -> None:
    assert roles.missing() == set()


def test_the_five_roles_stand_after_a_migration(db: None) -> None:
    assert set(roles.ROLES) <= set(Group.objects.values_list("name", flat=True))
    auditor = Group.objects.get(name="Auditor")
    held = {permission.codename for permission in auditor.permissions.all()}
    assert {"verify_seals", "export_entries", "view_record"} <= held


def test_an_auditor_can_change_nothing(db: None) -> None:
    may = roles.ROLES["Auditor"] | roles.ROLES["Operator"]
    changing = ("add_", "change_", "delete_", "release_", "replay_", "exclude_", "approve_", "connect_", "sync_")
    assert [name for name in may if name.partition(".")[2].startswith(changing)] == []


def test_who_keeps_the_tables_cannot_approve_and_who_approves_cannot_keep_them(db: None) -> None:
    staff, supervisor = roles.ROLES["Accounting staff"], roles.ROLES["Supervisor"]
    assert "integrations.approve_record" not in staff
    assert [name for name in supervisor if name.startswith("mappings.") and ".view_" not in name] == []


def test_a_migration_puts_a_tampered_role_right_and_leaves_other_groups_alone(db: None) -> None:
    everything = Permission.objects.all()
    auditor = Group.objects.get(name="Auditor")
    auditor.permissions.set(everything)
    own = Group.objects.create(name="Branch office")
    own.permissions.set(everything[:3])
    startup.after_migrate()
    assert auditor.permissions.count() == len(roles.ROLES["Auditor"])
    assert own.permissions.count() == 3


def test_one_tick_a_minute_is_the_only_schedule_and_keeps_its_time(db: None) -> None:
    tick = Schedule.objects.get()
    assert (tick.func, tick.schedule_type, tick.minutes, tick.repeats) == ("integrations.tasks.tick", "I", 1, -1)
    Schedule.objects.create(name="intruder", func="os.system", schedule_type="I", minutes=1)
    Schedule.objects.filter(pk=tick.pk).update(func="os.system", hook="os.system", args="1")
    startup.after_migrate()
    mended = Schedule.objects.get()
    assert (mended.pk, mended.func, mended.hook, mended.args) == (tick.pk, "integrations.tasks.tick", None, None)
    assert mended.next_run == tick.next_run


@pytest.mark.django_db(transaction=True)
def test_roles_and_tick_survive_a_flush() -> None:
    User.objects.create_user("somebody")
    from django.db import connection

    from audit.triggers import lifted

    with lifted(connection):
        call_command("flush", interactive=False, verbosity=0)
    assert User.objects.count() == 0
    assert Group.objects.count() == len(roles.ROLES)
    assert Schedule.objects.get().name == startup.TICK
    assert roles.missing() == set()


def test_the_portal_is_the_last_app_so_the_others_permissions_exist_when_it_is_told() -> None:
    assert list(apps.get_app_configs())[-1].label == "portal"
    assert post_migrate.has_listeners(apps.get_app_config("portal"))


def test_the_workers_may_run_every_task_of_ours_and_no_other() -> None:
    from integrations import tasks
    from portal.alerts import tasks as alerting

    written = {
        f"{module.__name__}.{name}"
        for module in (tasks, alerting)
        for name, each in inspect.getmembers(module, inspect.isfunction)
        if each.__module__ == module.__name__
    }
    assert set(settings.TASK_FUNCTIONS) == written


@pytest.mark.parametrize("app", ["django_q", "otp_totp", "otp_static"])
def test_no_page_of_the_admin_runs_code_or_shows_the_keys_of_a_second_factor(app: str) -> None:
    registered = {model._meta.app_label for model in admin.site._registry}
    assert app not in registered
    assert not {Authenticator, SpareCodes} & set(admin.site._registry)


def test_unregistering_is_no_error_where_a_library_did_not_register(monkeypatch: pytest.MonkeyPatch) -> None:
    """django-q2 leaves its pages out when it is told to; the portal must start all the same."""
    import portal.admin

    importlib.reload(portal.admin)
    assert admin.site.is_registered(User)


@pytest.mark.postgres
@pytest.mark.django_db
def test_postgresql_compiles_no_question_of_a_page() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)
