"""The terms a document is translated on: the integration's settings and what was read of its target."""

from decimal import Decimal, InvalidOperation

from integrations.documents import Vendor, VendorKind
from integrations.models import Integration
from integrations.pairs.flow import Terms
from integrations.systems import system
from mappings.models import ReferenceEntry


def terms_of(integration: Integration) -> Terms:
    target = integration.target
    entries = ReferenceEntry.objects.filter(books=target.books, active=True, kind__in=("currency", "tax_rate"))
    listed = list(entries.values_list("kind", "code", "attributes"))
    rates = {code: _percent(attributes.get("rate", "")) for kind, code, attributes in listed if kind == "tax_rate"}
    return Terms(
        start_date=integration.start_date,
        bills_from=integration.bills_from,
        tax_from=integration.tax_from,
        include_card_orders=integration.include_card_orders,
        base_currency=target.books.base_currency if target.books else "",
        currencies=frozenset(code for kind, code, _ in listed if kind == "currency"),
        locked_until=target.locked_until,
        source_label=integration.source.label,
        target_label=integration.target.label,
        date_from=integration.date_from,
        bills_paid_at_source=integration.bills_paid_at_source,
        hold_without_number=integration.hold_without_number,
        over_billing_percent=integration.over_billing_percent,
        over_billing_amount=integration.over_billing_amount,
        number_limit=system(target.system).number_limit,
        card_providers=_card_providers(integration) if integration.include_card_orders else {},
        tax_rates={code: rate for code, rate in rates.items() if rate is not None},
    )


def _card_providers(integration: Integration) -> dict[str, Vendor]:
    """By the id of every company card its provider, as the source's list of vendors says."""
    listed = ReferenceEntry.objects.filter(books=integration.source.books, kind="vendor", attributes__has_key="cards")
    return {
        card: Vendor(entry.key, entry.name, kind=VendorKind.CARD_PROVIDER, active=entry.active)
        for entry in listed
        for card in entry.attribute("cards").split(",")
    }


def contact_terms(integration: Integration) -> dict[str, str]:
    """Per contact of the target when its bills are due, where the target says (A62)."""
    contacts = ReferenceEntry.objects.filter(books=integration.target.books, kind="contact", active=True)
    rows = contacts.filter(attributes__has_key="bill_terms").values_list("key", "attributes")
    return {key: attributes["bill_terms"] for key, attributes in rows}


def _percent(written: str) -> Decimal | None:
    try:
        return Decimal(written)
    except InvalidOperation:
        return None
