from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from audit.export import ACTION, FORMATS, export_lines, span
from audit.trail import Subject, log


class Command(BaseCommand):
    help = "Write the audit trail to standard output or to a file. The export itself leaves an entry."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=sorted(FORMATS), default="csv")
        parser.add_argument("--from", dest="first", type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--to", dest="last", type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--output", type=Path, metavar="FILE")

    def handle(
        self, *_: Any, format: str, first: date | None, last: date | None, output: Path | None, **__: Any
    ) -> None:
        details = {"format": format, "span": span(first, last)}
        log(ACTION, Subject("audit", "trail", "the audit trail"), details=details)
        if output is None:
            for line in export_lines(format, first, last):
                self.stdout.write(line, ending="")
        else:
            with output.open("w", encoding="utf-8", newline="") as file:
                file.writelines(export_lines(format, first, last))
