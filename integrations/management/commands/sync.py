"""`manage.py sync "Harbor Mills orders"`: run an integration now, in this process, until nothing is left to do."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.engine.running import run_until_idle
from integrations.models import Integration
from integrations.report import whereabouts


class Command(BaseCommand):
    help = "Run an integration now, until nothing is left that can be done now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="The integration's name as the portal shows it.")

    def handle(self, *args: Any, **options: Any) -> None:
        integration = Integration.objects.filter(name=options["name"]).first()
        if integration is None:
            known = ", ".join(Integration.objects.values_list("name", flat=True)) or "none yet"
            raise CommandError(f"There is no integration “{options['name']}”. Known: {known}.")
        result = run_until_idle(integration.pk)
        if not result.ran:
            raise CommandError(f"{integration.name} is being run by a worker right now.")
        for flow, line in whereabouts().get(integration.name, {}).items():
            places = ", ".join(f"{place} {found['count']}" for place, found in line["places"].items() if found["count"])
            self.stdout.write(f"{flow}: read {line['read']['count']}: {places}")
        if result.failure:
            raise CommandError(result.failure)
