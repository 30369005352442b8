"""`manage.py sandbox`: the stand-ins of the outside systems, for the demo and for trying things out."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from integrations.sandbox.__main__ import add_arguments, serve


class Command(BaseCommand):
    help = "Run the stand-ins of Xero, Procurify and Procore until interrupted."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        serve(argparse.Namespace(**options))
