from datetime import date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit.retention import erase_details


class Command(BaseCommand):
    help = "Erase details that are not evidence from before a day. The entries stay, and say that this was done."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--before", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")

    def handle(self, *_: Any, before: date, **__: Any) -> None:
        try:
            erased = erase_details(timezone.make_aware(datetime.combine(before, time.min)))
        except ValueError as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"Erased the details of {erased:,} entries.")
