"""The terms a document is translated on: the integration's settings and what was read of its target."""

from decimal import Decimal, InvalidOperation

from integrations.models import Integration
from integrations.pairs.flow import Terms
from integrations.systems import system
from mappings.models import ReferenceEntry


def terms_of(integration: Integration) -> Terms:
    target = integration.target
    entries = ReferenceEntry.objects.filter(books=target.books, active=True)
    currencies = frozenset(entries.filter(kind="currency").values_list("code", flat=True))
    rates = {
        code: _percent(attributes.get("rate", ""))
        for code, attributes in entries.filter(kind="tax_rate").values_list("code", "attributes")
    }
    return Terms(
        start_date=integration.start_date,
        bills_from=integration.bills_from,
        tax_from=integration.tax_from,
        include_card_orders=integration.include_card_orders,
        base_currency=target.books.base_currency if target.books else "",
        currencies=currencies,
        locked_until=target.locked_until,
        source_label=integration.source.label,
        target_label=integration.target.label,
        date_from=integration.date_from,
        bills_paid_at_source=integration.bills_paid_at_source,
        hold_without_number=integration.hold_without_number,
        over_billing_percent=integration.over_billing_percent,
        over_billing_amount=integration.over_billing_amount,
        number_limit=system(target.system).number_limit,
        tax_rates={code: rate for code, rate in rates.items() if rate is not None},
    )


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
