import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from audit.findings import LISTED
from audit.verification import verify


class Command(BaseCommand):
    help = "Check that the audit trail is whole and unaltered. Exit status 1 if it is not."

    # The check of the triggers would stop this command at the very moment when it is needed.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--expect",
            default="",
            metavar="DIGEST",
            help="the digest of any seal, from the log or a digest mail: shows whether the end was cut off",
        )

    def handle(self, *_: Any, expect: str, **__: Any) -> None:
        found = verify(expect)
        self.stdout.write("\n".join(found.sentences()))
        for failure in found.failures:
            self.stderr.write(f"{failure.words}\n    {failure.remedy}")
        if found.failure_count > LISTED:
            self.stderr.write(f"... and {found.failure_count - LISTED:,} more.")
        if not found.ok:
            sys.exit(1)
