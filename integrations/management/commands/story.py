"""`manage.py story PF1041`: the whole life of a document in sentences, oldest first, times in UTC."""

from datetime import UTC
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.actions import sentence
from audit.models import Entry
from audit.trail import OURSELVES, known_as


class Command(BaseCommand):
    help = "Print the whole life of a document, by its number, in sentences."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="The document's number, like PF1041.")

    def handle(self, *_args: Any, number: str, **_options: Any) -> None:
        names = {known_as(number), known_as(number.upper())}
        entries = Entry.objects.filter(document__in=names).select_related("details_row").order_by("at", "id")
        told = 0
        for entry in entries.iterator(chunk_size=500):
            self.stdout.write(_line(entry))
            told += 1
        if not told:
            raise CommandError(f"Nothing is known of a document {number}.", returncode=1)


def _line(entry: Entry) -> str:
    by = "" if entry.actor_label == OURSELVES else f" (by {entry.actor_label})"
    return f"{entry.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC  {entry.subject_label} {sentence(entry)}{by}"
