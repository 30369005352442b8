from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core import checks
from django.db.models.signals import post_migrate, pre_migrate


class AuditConfig(AppConfig):
    """The trail, append-only and sealed."""

    name = "audit"
    verbose_name = "Audit trail"

    def ready(self) -> None:
        from audit import actions, export, receivers, retention
        from audit.checks import triggers_stand

        pre_migrate.connect(receivers.lift_before_a_rebuild, sender=self)
        post_migrate.connect(receivers.install_triggers, sender=self)
        user_logged_in.connect(receivers.signed_in)
        user_logged_out.connect(receivers.signed_out)
        user_login_failed.connect(receivers.sign_in_failed)
        checks.register(triggers_stand, checks.Tags.database)
        actions.register(receivers.SIGN_IN, erasable=True)
        actions.register(retention.SENTENCES | export.SENTENCES)
        actions.register({"audit.verified": "verified the audit trail: {outcome}"})
