"""Puts the contractor into Procore. Everything follows from today's date."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from .projects import CODE_NAMES, SITES, VENDORS, Site

if TYPE_CHECKING:
    from ..procore.standin import ProcoreStandIn


def seed_procore(procore: ProcoreStandIn, today: date) -> None:
    for site in SITES:
        procore.add_project(site.name, site.number)
    for vendor in VENDORS:
        procore.add_vendor(vendor, projects=_projects_of(vendor), country_code="US", state_code="WA")
    for site in SITES:
        _fill(procore, site, today)


def _projects_of(vendor: str) -> list[int | str]:
    """Where the vendor has a commitment; to other projects it has yet to be added."""
    return [site.number for site in SITES if any(named == vendor for named, *_ in site.committed)]


def _fill(procore: ProcoreStandIn, site: Site, today: date) -> None:
    for flat_code, amount in site.budget.items():
        procore.set_budget(site.number, flat_code, amount, name=CODE_NAMES[flat_code.partition(".")[0]])
    start = today.replace(day=1)
    end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    procore.add_billing_period(site.number, start.isoformat(), end.isoformat())
    for place, (vendor, flat_code, amount, status) in enumerate(site.committed, start=1):
        lines = [{"code": flat_code, "description": CODE_NAMES[flat_code.partition(".")[0]], "amount": amount}]
        signed = (start - timedelta(days=20 * place)).isoformat()
        number = f"PO-{site.number}-{place:02d}"
        procore.add_order(
            site.number,
            vendor,
            lines,
            status=status,
            number=number,
            title=f"{number} {vendor}",
            contract_date=signed,
        )
