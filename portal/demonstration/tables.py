"""The lookup tables as the company's accountant filled them in, deliberate gaps included."""

from collections.abc import Iterable

from integrations.models import Connection
from integrations.sandbox.company import mapping
from mappings import changes
from mappings.keys import taxes_key
from mappings.models import (
    AccountRow,
    ExtraCostRow,
    ReferenceEntry,
    RequiredDimension,
    Scope,
    ScopePart,
    TaxRow,
    TrackingRow,
    VendorLink,
)

Entries = dict[str, ReferenceEntry]


def scope(source: Connection, target: Connection, name: str, locations: Iterable[str] = ()) -> Scope:
    if source.books is None or target.books is None:
        raise ValueError("Connect both companies before their tables are made.")
    made = Scope.objects.create(source_books=source.books, target_books=target.books, name=name)
    for location in locations:
        ScopePart.objects.create(scope=made, kind="location", key=location)
    return made


def fill(scope: Scope) -> None:
    """Everything in one transaction, as an import would do it."""
    accounts, rates = _by_code(scope, "account"), _by_code(scope, "tax_rate")
    with changes.together():
        if mapping.ROUNDING in accounts:
            scope.rounding_account = accounts[mapping.ROUNDING]
            scope.save()
        AccountRow.objects.bulk_create(_accounts(scope, accounts))
        for taxes, currency, tax_type, recoverable in mapping.TAXES:
            TaxRow.objects.create(
                scope=scope, taxes=taxes_key(taxes), currency=currency, target=rates[tax_type], recoverable=recoverable
            )
        for name, (treatment, account, tax_type) in mapping.EXTRA_COSTS.items():
            if account in accounts:
                ExtraCostRow.objects.create(
                    scope=scope, name=name, treatment=treatment, account=accounts[account], tax=rates[tax_type]
                )


def fill_dimensions(scope: Scope) -> None:
    """Departments and locations, and that every line needs both."""
    entries = ReferenceEntry.objects.filter(books=scope.target_books)
    categories = {entry.name: entry for entry in entries.filter(kind="tracking_category")}
    options = {
        (entry.attribute("category"), entry.name): entry
        for entry in entries.filter(kind="tracking_option", active=True)
    }
    with changes.together():
        for (dimension, key), (category, option) in mapping.TRACKING.items():
            target = options[categories[category].key, option]
            TrackingRow.objects.create(scope=scope, dimension=dimension, source_key=key, target=target)
        for category, dimension in mapping.REQUIRED.items():
            RequiredDimension.objects.create(scope=scope, category=categories[category], dimension=dimension)


def link_by_hand(scope: Scope) -> None:
    """The vendors that a person linked while both sides were still in use, and the card's provider."""
    contacts = {entry.key: entry for entry in ReferenceEntry.objects.filter(books=scope.target_books, kind="contact")}
    for vendor, contact in mapping.VENDOR_LINKS.items():
        VendorLink.objects.create(
            scope=scope, source_key=vendor, target=contacts[contact], state="confirmed", evidence="chosen by hand"
        )


def restore_what_was_in_use(scope: Scope) -> None:
    """Some accounts and contacts were archived after they had been mapped: for a moment they are as they were."""
    used = ReferenceEntry.objects.filter(books=scope.target_books, active=False)
    used.filter(kind="account", code__in=set(mapping.ACCOUNTS.values())).update(active=True)
    used.filter(kind="contact", key__in=set(mapping.VENDOR_LINKS.values())).update(active=True)


def _accounts(scope: Scope, accounts: Entries) -> list[AccountRow]:
    return [
        AccountRow(scope=scope, source_code=code, target=accounts[account], class_difference_confirmed=True)
        for code, account in mapping.ACCOUNTS.items()
        if account in accounts
    ]


def _by_code(scope: Scope, kind: str) -> Entries:
    return {entry.code: entry for entry in ReferenceEntry.objects.filter(books=scope.target_books, kind=kind)}
