"""`manage.py reencrypt`: after a new encryption key was put first in the keys file."""

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from portal.reencryption import reencrypt


class Command(BaseCommand):
    help = "Encrypt all stored credentials and tokens with the first key. Workers may run meanwhile; safe to repeat."
    requires_migrations_checks = True

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = reencrypt()
        except InvalidToken:
            raise CommandError(
                "A stored secret was encrypted with a key that is not in the keys file. Put the key it was written "
                "with behind the first one, and run this again; nothing was lost."
            ) from None
        for table, count in done.items():
            self.stdout.write(f"{table}: {count}")
        self.stdout.write("Everything stored is encrypted with the first key. The keys behind it may be removed.")
