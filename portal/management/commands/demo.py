"""`manage.py demo`: the portal with stand-ins and a company; `--once` plays the first days and tells the outcome."""

import json
import os
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.demonstration import surroundings
from portal.serving import end_in_order, run_in_our_place

INSIDE = "COUNTERFOIL_DEMO_PORT"


class Command(BaseCommand):
    help = (
        "Start the portal with stand-ins of the outside systems and a seeded company. Everything it keeps lies in the "
        "folder “demo” of COUNTERFOIL_HOME, or in one of this checkout's own in ~/.counterfoil, and is found again by "
        "the next start."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Set up, run, print one JSON object and end.")
        parser.add_argument("--port", type=int, default=surroundings.SITE_PORT, help="the portal's port on localhost")
        parser.add_argument(
            "--sandbox-port",
            type=int,
            default=surroundings.CONTROL_PORT,
            help="the first of four ports in a row for the stand-ins",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO or INSIDE not in os.environ:
            self._start_again(options["port"], options["sandbox_port"], once=options["once"])
            return
        end_in_order()
        port = int(os.environ[INSIDE])
        state = Path(settings.COUNTERFOIL_HOME) / "sandbox.json"
        with surroundings.sandbox(port, state, os.environ) as control:
            self._prepare(control)
            if options["once"]:
                self.stdout.write(json.dumps(self._told(control), ensure_ascii=False))
            else:
                self._serve()

    def _start_again(self, port: int, sandbox_port: int, *, once: bool) -> None:
        """The same command in the demo's own environment, which settings have to see from the start."""
        if once:
            with tempfile.TemporaryDirectory(prefix="counterfoil-demo-") as home:
                code = self._run_inside(Path(home), port, surroundings.free_ports(), ["--once"])
        else:
            code = self._run_inside(surroundings.home(), port, sandbox_port, [])
        if code:
            raise CommandError("The demo did not come up; the lines above say why.")

    def _run_inside(self, home: Path, port: int, sandbox_port: int, options: list[str]) -> int:
        environment = {**surroundings.environment(home, port, sandbox_port), INSIDE: str(sandbox_port)}
        command = [sys.executable, str(surroundings.ROOT / "manage.py"), "demo", *options]
        return run_in_our_place(command, environment)

    def _prepare(self, control: surroundings.Control) -> None:
        from portal.demonstration import contractor, days, people

        call_command("migrate", interactive=False, verbosity=0)
        if days.is_set_up():
            return
        self.stderr.write("Setting up the company and playing its first days: about a minute.")
        days.set_up(control)
        contractor.set_up(people.make(), control)
        for trouble in (*days.play(control), *contractor.play(control)):
            self.stderr.write(f"Not all went well: {trouble}")

    def _told(self, control: surroundings.Control) -> dict[str, Any]:
        """Where every record is, and what stands in the stand-in beside it."""
        from integrations.report import whereabouts
        from integrations.sandbox.company.books import ORGANISATIONS

        bills: dict[str, Any] = {}
        for organisation in ORGANISATIONS:
            stored = standing_bills(control, organisation.tenant_id)
            bills[organisation.name] = {
                "count": len(stored),
                "total": totals(stored),
            }
        return {"integrations": whereabouts(), "bills_in_xero": bills, "ours_in_procore": ours_in_procore(control)}

    def _serve(self) -> None:
        from portal.demonstration import entering, people

        self.stdout.write(
            f"\nCounterfoil's demo is at {settings.SITE_URL}. This link signs you in as its administrator:"
        )
        self.stdout.write(f"\n  {entering.link(people.ADMINISTRATOR)}\n\n")
        self.stdout.write("Or sign in as one of these, by a click on the sign-in page:")
        self.stdout.write("\n".join(people.listed()))
        self.stdout.write("Ctrl-C ends it; a second start goes on where this one ends.\n")
        call_command("serve")


def ours_in_procore(control: surroundings.Control) -> dict[str, int]:
    """How many of our documents stand in the Procore stand-in, by what they are."""
    ours = {"purchase_orders": "xero:po:", "requisitions": "xero:inv:", "contract_payments": "xero:pay:"}
    return {
        name: sum(
            str(row["origin_id"] or row["origin_data"]).startswith(mark) for row in control.records("procore", name)
        )
        for name, mark in ours.items()
    }


def totals(bills: list[dict[str, Any]]) -> dict[str, str]:
    """Per currency, never added across."""
    found: dict[str, Decimal] = {}
    for bill in bills:
        found[bill["CurrencyCode"]] = found.get(bill["CurrencyCode"], Decimal(0)) + bill["Total"]
    return {currency: f"{amount:.2f}" for currency, amount in sorted(found.items())}


def standing_bills(control: surroundings.Control, tenant: str) -> list[dict[str, Any]]:
    """The bills that stand in one organisation of the Xero stand-in."""
    return [
        bill
        for bill in control.records("xero", f"{tenant}/invoices")
        if bill["Type"] == "ACCPAY" and bill["Status"] not in ("DELETED", "VOIDED")
    ]
