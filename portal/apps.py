import atexit
import gc
from typing import Any

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class PortalAdminConfig(AdminConfig):
    """The admin, with Counterfoil's own site in the place of Django's."""

    default_site = "portal.site.CounterfoilSite"


class PortalConfig(AppConfig):
    """The project itself; last of all apps, since its `post_migrate` needs the others' tables (E21)."""

    name = "portal"
    verbose_name = "Counterfoil"
    default = True

    def ready(self) -> None:
        from audit import actions
        from portal import checks, people_page, reencryption, sign_in, startup
        from portal.alerts import listening, sentences

        actions.register(sentences.SENTENCES)
        listening.connect()
        checks.register()
        people_page.in_our_words()
        sign_in.register()
        reencryption.register()
        connection_created.connect(_compile_no_questions, dispatch_uid="portal.questions")
        post_migrate.connect(startup.after_migrate, sender=self, dispatch_uid="portal.startup")
        _look_for_garbage_less_often()


def _compile_no_questions(connection: BaseDatabaseWrapper, **_told: Any) -> None:
    """PostgreSQL compiles a question that it expects to be costly. Pages ask for fifty rows and are answered sooner:
    compiling took 1.6 s where the answer took 0.3 (PostgreSQL 15, measured 2026-11)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off")


def _look_for_garbage_less_often() -> None:
    """Documents are made and dropped by the thousand and hold no cycles: by Python's own settings a seventh of a
    run's CPU went into looking through them and everything that was loaded at start (measured 2026-11)."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    # What is frozen is not taken apart at the end: SQLite would leave its last writes in the file beside the database.
    atexit.register(connections.close_all)
