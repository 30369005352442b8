from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Integrations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from audit import actions
        from integrations import sentences, wiring
        from integrations.engine import leaving_trial, linking, proposed_parts, proposed_settings, record_decisions
        from integrations.engine.projects import asking, bill_decisions, new_vendors
        from integrations.engine.projects import proposed_settings as project_settings

        actions.register(sentences.SENTENCES, wordings=sentences.WORDINGS)
        wiring.connect()
        record_decisions.register()
        bill_decisions.register()
        asking.register()
        new_vendors.register()
        linking.register()
        proposed_settings.register()
        proposed_parts.register()
        project_settings.register()
        leaving_trial.register()
