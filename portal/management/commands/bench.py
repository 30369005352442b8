"""`manage.py bench`: what a record costs in calls, time, queries and memory, per database."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

WEBHOOKS_A_SECOND = 200


class Command(BaseCommand):
    help = "Measure one run over thousands of orders against stand-ins: one JSON object per database, then a table."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--orders", type=int, default=10_000, help="approved orders of three lines")
        parser.add_argument("--database", choices=["sqlite", "postgresql", "all"], default="all")
        parser.add_argument(
            "--profile", default="", metavar="FILE", help="write cProfile's findings to FILE.<database>"
        )
        parser.add_argument("--pages", action="store_true", help="measure only the pages")
        parser.add_argument("--no-pages", action="store_true", help="measure only the run")
        parser.add_argument("--webhooks", action="store_true", help="measure only webhooks, for a minute")
        parser.add_argument("--projects", action="store_true", help="measure only calls of Xero to Procore")
        parser.add_argument("--seconds", type=int, default=60, help="how long webhooks are sent")
        parser.add_argument("--records", type=int, default=1_000_000, help="records that the pages are measured with")

    def handle(self, *args: Any, **options: Any) -> None:
        # The tests are not part of an installation.
        from tests.benchmarks import bench, figures

        missed: list[str] = []
        if options["webhooks"]:
            missed += self._measure_webhooks(options["seconds"])
        elif options["projects"]:
            self._measure_projects()
        elif not options["pages"]:
            missed += self._measure_runs(bench, figures, options)
        if not (options["webhooks"] or options["projects"] or options["no_pages"]) and options["database"] != "sqlite":
            missed += self._measure_pages(options["records"])
        if missed:
            raise CommandError("Aims are missed: " + "; ".join(missed))

    def _measure_runs(self, bench: Any, figures: Any, options: dict[str, Any]) -> list[str]:
        found = []
        try:
            kinds = bench.databases(options["database"])
            for one in bench.trials(options["orders"], kinds, options["profile"]):
                self.stdout.write(json.dumps(one))
                found.append(one)
        except bench.IncompleteError as error:
            raise CommandError(str(error)) from error
        if kinds == ["sqlite"] and options["database"] == "all":
            self.stderr.write("No PostgreSQL answers; set DATABASE_URL to one to measure it, too.")
        self.stdout.write("\n" + figures.table(found))
        return [f"{one['database']}: {aim.name}" for one in found for aim in figures.aims(one) if not aim.met]

    def _measure_webhooks(self, seconds: int) -> list[str]:
        from tests.benchmarks import webhooks

        found = webhooks.trial(seconds, WEBHOOKS_A_SECOND)
        self.stdout.write(json.dumps(found))
        for aim in webhooks.aims(found):
            self.stdout.write(f"  {aim}")
        return [aim.name for aim in webhooks.aims(found) if not aim.met]

    def _measure_projects(self) -> None:
        from tests.benchmarks import projects

        found = projects.trial()
        self.stdout.write(json.dumps(found))
        self.stdout.write(projects.table(found))

    def _measure_pages(self, records: int) -> list[str]:
        from tests.benchmarks import surroundings
        from tests.benchmarks.pages import trial

        if not surroundings.server():
            self.stderr.write("No PostgreSQL answers; set DATABASE_URL to one to measure the pages.")
            return []
        told = trial.trial(records)
        self.stdout.write(json.dumps(told))
        self.stdout.write("\n" + trial.table(told["pages"]))
        return trial.misses(told["pages"])
