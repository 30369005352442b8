"""What people do to vendors after the first list was confirmed, by id, and where each vendor must end.

`work` and `reason` are the portal's own words for the vendor's record, as slugs; what is created is named with the
system that it is created in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import books
from .seed import DOMAIN

if TYPE_CHECKING:
    from ..box import Sandbox

TENANT = books.HARBOR_MILLS.tenant_id


@dataclass(frozen=True, slots=True)
class VendorCase:
    id: str
    what: str
    name: str
    happens: Callable[[Sandbox, str], None]
    work: str = "done"
    reason: str = ""


def _moves_here(sandbox: Sandbox, name: str) -> None:
    sandbox.procurify.edit_vendor(DOMAIN, name, addressLineOne="77 Dock Street", city="Everett")


def _moves_there(sandbox: Sandbox, name: str) -> None:
    street = {"AddressType": "STREET", "AddressLine1": "9 Orchard Way", "City": "Bellingham", "Region": "WA"}
    sandbox.xero.edit_contact(name, tenant=TENANT, Addresses=[street])


def _new_email_here(sandbox: Sandbox, name: str) -> None:
    sandbox.procurify.edit_vendor(DOMAIN, name, email=["accounts@rainier-packaging.example"])


def _phone_on_both(sandbox: Sandbox, name: str) -> None:
    sandbox.procurify.edit_vendor(DOMAIN, name, phoneOne="206-555-0177", contact="Lee Marsh")
    phone = {"PhoneType": "DEFAULT", "PhoneNumber": "206-555-0188"}
    sandbox.xero.edit_contact(name, tenant=TENANT, Phones=[phone])


def _retires(sandbox: Sandbox, name: str) -> None:
    sandbox.procurify.edit_vendor(DOMAIN, name, name=f"{name} DO NOT USE")


def _new_here(sandbox: Sandbox, name: str) -> None:
    sandbox.procurify.add_vendor(DOMAIN, name, email=["ap@ballardbolts.example"], currency="USD")


def _new_there(sandbox: Sandbox, name: str) -> None:
    """A contact becomes a supplier with its first bill, which the company's bookkeeper enters elsewhere."""
    made = sandbox.xero.add_contact(name, tenant=TENANT, EmailAddress="hello@harborlights.example")
    sandbox.xero.organisation(TENANT).contacts.amend(made["ContactID"], IsSupplier=True)


VENDOR_CASES = (
    VendorCase("vendor-moved-here", "A new address in procurement", "Cedar Industrial", _moves_here),
    VendorCase("vendor-moved-there", "A new address in accounting", "Olympic Electric", _moves_there),
    VendorCase("vendor-email", "A new e-mail in procurement, before anybody is paid by it", "Rainier Packaging",
               _new_email_here, "approval", "vendor-approval"),
    VendorCase("vendor-conflict", "Another telephone number on each side", "Columbia Chemical", _phone_on_both, "held",
               "vendor-conflict"),
    VendorCase("vendor-retired", "Renamed “DO NOT USE” in procurement", "Sound Hydraulics", _retires, "approval",
               "vendor-approval"),
    VendorCase("vendor-new-here", "A new vendor in procurement", "Ballard Bolts", _new_here),
    VendorCase("vendor-new-there", "A new supplier in accounting", "Harbor Lights Catering", _new_there),
)  # fmt: skip


def play(sandbox: Sandbox) -> list[str]:
    """Let all of it happen; the ids."""
    for case in VENDOR_CASES:
        case.happens(sandbox, case.name)
    return [case.id for case in VENDOR_CASES]
