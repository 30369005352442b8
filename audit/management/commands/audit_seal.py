from typing import Any

from django.core.management.base import BaseCommand

from audit.seals import seal


class Command(BaseCommand):
    help = "Sign the audit entries that have no seal yet, and print the latest seal's digest."

    def handle(self, *_: Any, **__: Any) -> None:
        made = seal()
        if made is None:
            self.stdout.write("Nothing was sealed: every entry has its seal, or entries are being written now.")
        else:
            self.stdout.write(f"Sealed up to entry {made.last_id}. The latest seal's digest is {made.digest}.")
