"""Rows as they once were, and every row that ever stood for a code."""

from collections.abc import Callable

import pytest

from mappings import keys
from mappings.models import AccountRow, ReferenceEntry, TaxRow, TrackingRow, VendorLink
from mappings.versions import rows_of_codes, tables_at
from tests.mappings.company import Company

pytestmark = pytest.mark.django_db


def test_a39_tables_of_used_versions_lead_where_they_led_then(company: Company) -> None:
    row = AccountRow.objects.create(scope=company.scope, source_code="6100", target=company.account("310"))
    tax = TaxRow.objects.create(scope=company.scope, taxes="GST 5%", target=company.tax("INPUT"))
    used = [("account", row.pk, 1), ("tax", tax.pk, 1)]
    row.target = company.account("429")
    row.save()
    tax.delete()
    then = tables_at(company.scope, used)
    found = then.account("6100", "14")
    assert found is not None
    assert (found.code, found.version) == ("310", 1)
    claimed = then.tax("GST 5%", "USD")
    assert claimed is not None
    assert claimed.code == "INPUT"
    assert then.account("6200") is None


def test_a39_a_target_archived_since_still_tells_what_was_posted(company: Company) -> None:
    row = AccountRow.objects.create(scope=company.scope, source_code="6100", target=company.account("310"))
    ReferenceEntry.objects.filter(code="310").update(active=False)
    found = tables_at(company.scope, [("account", row.pk, 1)]).account("6100")
    assert found is not None
    assert found.active


def test_rows_of_a_code_are_found_whatever_narrows_them_and_though_deleted(company: Company) -> None:
    wide = AccountRow.objects.create(scope=company.scope, source_code="6100", target=company.account("310"))
    narrow = AccountRow.objects.create(
        scope=company.scope, source_code="6100", department="14", target=company.account("429")
    )
    AccountRow.objects.create(scope=company.scope, source_code="6200", target=company.account("425"))
    found = {("account", wide.pk), ("account", narrow.pk)}
    narrow.delete()
    assert rows_of_codes(company.scope.pk, [keys.account_key("6100", "15")]) == found


def test_rows_of_a_whole_dimension_are_found_when_a_requirement_changes(company: Company) -> None:
    option = company.entry("tracking_option", "North")
    row = TrackingRow.objects.create(scope=company.scope, dimension="location", source_key="2", target=option)
    assert rows_of_codes(company.scope.pk, [keys.tracking_key("location")]) == {("tracking", row.pk)}
    assert rows_of_codes(company.scope.pk, [keys.tracking_key("location", "3"), keys.rounding_key()]) == set()


def test_thousands_of_codes_cost_a_handful_of_queries(
    company: Company, django_assert_max_num_queries: Callable[[int], "pytest.MonkeyPatch"]
) -> None:
    link = VendorLink.objects.create(scope=company.scope, source_key="7", target=company.contact("c-1", "Northgate"))
    changed = [keys.vendor_key(str(number)) for number in range(2000)]
    with django_assert_max_num_queries(4):  # type: ignore[attr-defined]
        assert rows_of_codes(company.scope.pk, changed) == {("vendor", link.pk)}
