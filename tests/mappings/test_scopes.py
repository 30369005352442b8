"""No document may belong to two companies (A80)."""

import pytest
from django.core.exceptions import ValidationError

from audit.models import Entry
from mappings import keys
from mappings.keys import LookupKey
from mappings.models import Books, Scope, ScopePart
from tests.mappings.company import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(company: Company) -> Books:
    return Books.objects.create(system="xero", name="Harbor South Ltd", key_digest="x2")


def part(scope: Scope, kind: str, key: str) -> ScopePart:
    return ScopePart.objects.create(scope=scope, kind=kind, key=key)


def second(company: Company, other: Books) -> Scope:
    return Scope.objects.create(source_books=company.source, target_books=other, name="Harbor South")


def test_a80_a_second_scope_waits_until_the_first_names_its_parts(company: Company, other: Books) -> None:
    with pytest.raises(ValidationError, match="already takes everything"):
        second(company, other)
    part(company.scope, "location", "2")
    assert second(company, other).pk


def test_a80_overlapping_parts_cannot_be_saved(company: Company, other: Books) -> None:
    part(company.scope, "location", "2")
    south = second(company, other)
    with pytest.raises(ValidationError, match="no document may belong to two companies"):
        part(south, "location", "2")
    with pytest.raises(ValidationError, match="already names location Plant North"):
        part(south, "department", "14")
    part(south, "department", "15")
    assert south.parts.count() == 1


def test_a80_a_department_of_an_unknown_location_may_lie_anywhere(company: Company, other: Books) -> None:
    part(company.scope, "location", "2")
    with pytest.raises(ValidationError, match="two companies"):
        part(second(company, other), "department", "unheard-of")


def test_scopes_of_other_sources_do_not_matter(company: Company, other: Books) -> None:
    elsewhere = Books.objects.create(system="procurify", name="Other", key_digest="p2")
    assert Scope.objects.create(source_books=elsewhere, target_books=other, name="Elsewhere").pk


def test_a80_the_last_part_beside_another_scope_stays(company: Company, other: Books) -> None:
    north = part(company.scope, "location", "2")
    south = second(company, other)
    with pytest.raises(ValidationError, match="keep at least one part"):
        north.delete()
    south.delete()
    north.delete()
    assert not ScopePart.objects.exists()


def test_a_scope_needs_two_companies(company: Company) -> None:
    with pytest.raises(ValidationError, match="same company"):
        Scope.objects.create(source_books=company.target, target_books=company.target, name="Round")


def test_changing_a_scope_is_on_record_with_before_and_after(
    company: Company, told: list[tuple[str, list[LookupKey]]]
) -> None:
    """A98."""
    company.scope.rounding_account = company.account("860")
    company.scope.save()
    part(company.scope, "location", "2")
    changed = Entry.objects.get(action="scope.changed")
    assert changed.details["after"]["rounding account"] == "860 Rounding"
    assert Entry.objects.get(action="scope_part.added").details["after"] == {"part": "location Plant North"}
    assert told == [("Harbor Mills", [keys.rounding_key()])]
