"""Documents name vendors; those that A70 allows are linked at once, the others wait for a person."""

from dataclasses import dataclass

import pytest

from audit.models import Entry
from mappings import keys
from mappings.keys import LookupKey
from mappings.models import LinkState, ReferenceEntry, Scope, VendorLink
from mappings.tables import Tables
from mappings.vendor_linking import Outcome, link_vendors
from tests.mappings.company import Company

pytestmark = pytest.mark.django_db


@dataclass
class Named:
    """A vendor as an order names it."""

    source_id: str
    name: str
    emails: tuple[str, ...] = ()
    active: bool = True
    tax_number: str = ""
    currency: str = "USD"
    country: str = ""
    external_ref: str = ""


def outcomes(scope: Scope, *vendors: Named, by_currency: bool = False) -> dict[str, Outcome]:
    linking = link_vendors(scope, vendors, by_currency=by_currency)
    return {key: each.outcome for key, each in linking.outcomes.items()}


def test_a70_a_certain_vendor_is_linked_with_its_evidence(
    company: Company, scope: Scope, told: list[tuple[str, list[LookupKey]]]
) -> None:
    company.contact("c-1", "Northgate Safety Supply", email="ar@northgate.example")
    linking = link_vendors(scope, [Named("318", "NORTHGATE Safety Supply", ("AR@northgate.example",))])
    assert linking
    assert linking.outcomes["318"].outcome == Outcome.LINKED
    link = VendorLink.objects.get()
    assert (link.state, link.evidence) == (LinkState.CONFIRMED, "equal e-mail and name")
    entry = Entry.objects.get(action="vendor_link.added")
    assert entry.details["after"]["vendor"] == "NORTHGATE Safety Supply"
    assert entry.details["after"]["contact"] == "Northgate Safety Supply"
    assert link.history.count() == 1
    assert told == [("Harbor Mills", [keys.vendor_key("318")])]
    row = Tables.load(scope).vendor("318", "USD")
    assert row is not None
    assert row.target == "c-1"


def test_a_second_time_nothing_happens(company: Company, scope: Scope) -> None:
    company.contact("c-1", "Acme Ltd")
    vendor = Named("1", "Acme Ltd")
    assert link_vendors(scope, [vendor])
    entries = Entry.objects.count()
    again = link_vendors(scope, [vendor])
    assert not again
    assert again.outcomes["1"].outcome == Outcome.LINKED
    assert Entry.objects.count() == entries


def test_a70_a_similar_vendor_is_proposed_and_still_missing(
    company: Company, scope: Scope, told: list[tuple[str, list[LookupKey]]]
) -> None:
    company.contact("c-1", "Acme Limited Partnership")
    assert outcomes(scope, Named("1", "Acme Limited")) == {"1": Outcome.MISSING}
    assert VendorLink.objects.get().state == LinkState.PROPOSED
    assert told == []
    assert Tables.load(scope).vendor("1") is None


def test_a70_a_proposal_becomes_a_link_when_it_is_certain(company: Company, scope: Scope) -> None:
    contact = company.contact("c-1", "Acme Limited Partnership")
    outcomes(scope, Named("1", "Acme Limited"))
    contact.name = "Acme Limited"
    contact.save()
    assert outcomes(scope, Named("1", "Acme Limited")) == {"1": Outcome.LINKED}
    link = VendorLink.objects.get()
    assert (link.state, link.version) == (LinkState.CONFIRMED, 2)


def test_vendors_that_no_contact_resembles_are_missing(company: Company, scope: Scope) -> None:
    company.contact("c-1", "Quite Another")
    assert outcomes(scope, Named("1", "Zorbax")) == {"1": Outcome.MISSING}
    assert not VendorLink.objects.exists()


def test_a73_two_vendors_never_share_a_contact_by_themselves(company: Company, scope: Scope) -> None:
    """A73."""
    company.contact("c-1", "Acme Ltd", tax_number="GB123456782")
    first, second = Named("1", "Acme Ltd", tax_number="GB123456782"), Named("2", "Acme 2", tax_number="GB123456782")
    assert outcomes(scope, first, second) == {"1": Outcome.AMBIGUOUS, "2": Outcome.AMBIGUOUS}
    assert not VendorLink.objects.exists()
    assert outcomes(scope, first) == {"1": Outcome.LINKED}
    assert outcomes(scope, second) == {"2": Outcome.AMBIGUOUS}


def test_a70_a_name_that_two_vendors_of_the_source_bear_links_neither(company: Company, scope: Scope) -> None:
    company.contact("c-1", "Acme Ltd")
    company.vendor("2", "ACME Limited")
    assert outcomes(scope, Named("1", "Acme Ltd")) == {"1": Outcome.AMBIGUOUS}
    ReferenceEntry.objects.filter(kind="vendor", key="2").update(active=False)
    assert outcomes(scope, Named("1", "Acme Ltd")) == {"1": Outcome.LINKED}


def test_a70_two_contacts_of_one_name_are_ambiguous(company: Company, scope: Scope) -> None:
    company.contact("c-1", "Acme Ltd")
    company.contact("c-2", "Acme Ltd")
    assert outcomes(scope, Named("1", "Acme Ltd")) == {"1": Outcome.AMBIGUOUS}


def test_an_archived_contact_holds(company: Company, scope: Scope) -> None:
    """A73: inactive vendors hold, and are never reactivated."""
    contact = company.contact("c-1", "Acme Ltd")
    outcomes(scope, Named("1", "Acme Ltd"))
    contact.active = False
    contact.save()
    assert outcomes(scope, Named("1", "Acme Ltd")) == {"1": Outcome.INACTIVE}
    company.contact("c-2", "Delta Ltd", active=False)
    assert outcomes(scope, Named("2", "Delta Ltd")) == {"2": Outcome.INACTIVE}
    assert VendorLink.objects.count() == 1


def test_a56_where_a_contact_has_one_currency_the_link_has_it_too(company: Company, scope: Scope) -> None:
    """A56."""
    company.contact("c-1", "Acme Ltd")
    outcomes(scope, Named("1", "Acme Ltd", currency="cad"), by_currency=True)
    assert VendorLink.objects.get().currency == "CAD"


def test_the_vendors_of_documents_are_remembered_by_name(company: Company, scope: Scope) -> None:
    company.vendor("1", "Acme Ltd", type="preferred")
    outcomes(scope, Named("1", "Acme as an order calls it"), Named("2", "Zorbax"))
    known = dict(ReferenceEntry.objects.filter(kind="vendor").values_list("key", "name"))
    assert known == {"1": "Acme Ltd", "2": "Zorbax"}


def test_many_vendors_cost_few_queries(company: Company, scope: Scope, django_assert_max_num_queries: object) -> None:
    for number in range(60):
        company.contact(f"c-{number}", f"Supplier {number} Ltd")
    vendors = [Named(str(number), f"Supplier {number} Ltd") for number in range(60)]
    with django_assert_max_num_queries(40):  # type: ignore[operator]
        assert link_vendors(scope, vendors).new_links == 60
