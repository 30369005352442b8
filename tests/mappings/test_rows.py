"""What may stand in a lookup table, and what a change of it leaves behind (E7, E9, A43 to A48, A53, A67)."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from audit.actions import sentence
from audit.models import Entry
from mappings import changes, keys
from mappings.authors import authors_of
from mappings.keys import LookupKey
from mappings.models import AccountRow, ExtraCostRow, RequiredDimension, Scope, TaxRow, TrackingRow, VendorLink
from mappings.signals import lookup_changed
from tests.mappings.company import Company, person

pytestmark = pytest.mark.django_db
Told = list[tuple[str, list[LookupKey]]]


def account_row(company: Company, **more: Any) -> AccountRow:
    values = {"scope": company.scope, "source_code": "6100", "target": company.account("310")} | more
    return AccountRow.objects.create(**values)


def test_a_row_is_saved_with_its_codes_made_plain(company: Company) -> None:
    row = account_row(company, source_code="  6100 ")
    assert (row.source_code, row.department, row.version) == ("6100", "", 1)


def test_e15_two_equally_specific_rows_cannot_be_saved(company: Company) -> None:
    """E15, by the model and by the database itself."""
    account_row(company, department="14")
    account_row(company, location="2")
    with pytest.raises(ValidationError, match="already a row"):
        account_row(company, department=" 14", target=company.account("429"))
    twin = AccountRow(scope=company.scope, source_code="6100", department="14", target=company.account("429"))
    with pytest.raises(IntegrityError), transaction.atomic():
        models.Model.save(twin)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("090", "a bank account"),
        ("800", "a system account"),
        ("610", "a system account"),
        ("820", "a system account"),
        ("860", "a system account"),
    ],
)
def test_a67_payable_receivable_bank_and_system_accounts_are_refused(company: Company, code: str, why: str) -> None:
    """A67."""
    with pytest.raises(ValidationError, match=why):
        account_row(company, target=company.account(code))
    assert not AccountRow.objects.exists()


@pytest.mark.parametrize(
    "type_", ["Accounts Payable", "liability_payable", "asset_receivable", "Credit Card", "accounts_receivable"]
)
def test_a67_the_words_of_other_systems_are_understood(company: Company, type_: str) -> None:
    account = company.add(company.target, "account", "other", "999", "Other", type=type_)
    with pytest.raises(ValidationError, match="no line of a bill may use"):
        account_row(company, target=account)


def test_archived_accounts_and_those_of_other_companies_are_refused(company: Company) -> None:
    old = company.add(company.target, "account", "old", "311", "Old", active=False)
    with pytest.raises(ValidationError, match="archived or gone"):
        account_row(company, target=old)
    with pytest.raises(ValidationError, match="belongs to another company"):
        account_row(company, target=company.add(company.source, "account", "elsewhere", "312", "Elsewhere"))
    with pytest.raises(ValidationError, match="is no account"):
        account_row(company, target=company.tax("INPUT"))


def test_a67_an_expense_code_goes_to_an_asset_only_when_confirmed(company: Company) -> None:
    """A67."""
    with pytest.raises(ValidationError, match="Confirm that this is meant so"):
        account_row(company, target=company.account("720"))
    account_row(company, target=company.account("720"), class_difference_confirmed=True)
    account_row(company, source_code="1500", target=company.account("720"))


def test_a_code_without_an_account_needs_a_mark_and_the_other_way_round(company: Company) -> None:
    """A25, A34, A87."""
    with pytest.raises(ValidationError, match="Choose the account"):
        account_row(company, target=None)
    with pytest.raises(ValidationError, match="has no account of its own"):
        account_row(company, mark="tax account")
    with pytest.raises(ValidationError, match="Choose the account"):
        account_row(company, target=None, mark="prepayment")
    account_row(company, target=None, mark="tax account")
    account_row(company, source_code="6200", target=company.account("620"), mark="prepayment")


def test_a27_the_rounding_account_may_be_the_system_account_made_for_it(company: Company, scope: Scope) -> None:
    scope.rounding_account = company.account("860")
    scope.save()
    scope.rounding_account = company.account("800")
    with pytest.raises(ValidationError, match="a system account"):
        scope.save()


def tax_row(company: Company, taxes: str, code: str, **more: Any) -> TaxRow:
    return TaxRow.objects.create(scope=company.scope, taxes=taxes, target=company.tax(code), **more)


def test_a45_a_tax_code_of_another_rate_cannot_be_saved(company: Company) -> None:
    """A45."""
    with pytest.raises(ValidationError, match=r"effective rate of 20 %, the source charges 5 %"):
        tax_row(company, "GST 5%", "INPUT2")
    row = tax_row(company, "gst 5.00 %", "INPUT")
    assert (row.taxes, row.recoverable) == ("gst 5%", Decimal(5))


def test_a46_several_taxes_recover_only_what_the_code_claims(company: Company) -> None:
    """A46: GST 5 % recoverable and PST 7 % not is a code of 5 %; all 12 % through it would be refused."""
    with pytest.raises(ValidationError, match="the source charges 12 %"):
        tax_row(company, "GST 5% + PST 7%", "INPUT")
    assert tax_row(company, "PST 7% + GST 5%", "INPUT", recoverable=Decimal(5)).taxes == "GST 5% + PST 7%"
    with pytest.raises(ValidationError, match="but 5 % are recoverable"):
        tax_row(company, "GST 5% + QST 9.975%", "INPUT2", recoverable=Decimal(5))


def test_a47_non_recoverable_tax_takes_the_code_without_tax(company: Company) -> None:
    """A47, A48."""
    row = tax_row(company, "Sales tax 8.25%", "NONE", recoverable=0)
    assert (row.percent, row.recoverable) == (Decimal("8.25"), Decimal(0))
    with pytest.raises(ValidationError, match="no more can be recovered"):
        tax_row(company, "PST 7%", "NONE", recoverable=8)


def test_a45_reverse_charge_may_have_a_rate_of_its_own(company: Company) -> None:
    with pytest.raises(ValidationError, match="effective rate of 20 %"):
        tax_row(company, "no tax", "REVERSE", vendor_country="DE")
    tax_row(company, "no tax", "REVERSE", vendor_country="DE", reverse_charge=True)
    tax_row(company, "no tax", "EXEMPT")


def test_a_tax_of_a_fixed_amount_is_recovered_whole_or_not(company: Company) -> None:
    with pytest.raises(ValidationError, match="all of it"):
        tax_row(company, "Eco fee (fixed amount)", "NONE", recoverable=5)
    assert tax_row(company, "Eco fee (fixed amount)", "NONE", recoverable=0).percent == 100


@pytest.mark.parametrize("code", ["OUTPUT2", "INCLUSIVE"])
def test_a45_sales_and_price_inclusive_rates_are_refused(company: Company, code: str) -> None:
    """A45."""
    with pytest.raises(ValidationError, match="no line of a bill may use"):
        tax_row(company, "VAT 20%", code)


def test_a_tracking_option_has_to_be_active_with_its_category(company: Company, scope: Scope) -> None:
    option = company.entry("tracking_option", "North")
    category = company.entry("tracking_category", "Region")
    category.active = False
    category.save()
    with pytest.raises(ValidationError, match="category “Region” of this option is archived"):
        TrackingRow.objects.create(scope=scope, dimension="location", source_key="2", target=option)
    with pytest.raises(ValidationError, match="archived or gone"):
        RequiredDimension.objects.create(scope=scope, category=category)


def test_a53_an_extra_cost_takes_an_account_only_where_it_is_fixed(company: Company, scope: Scope) -> None:
    """A53."""
    with pytest.raises(ValidationError, match="Choose the account"):
        ExtraCostRow.objects.create(scope=scope, name="Freight")
    with pytest.raises(ValidationError, match="takes an account"):
        ExtraCostRow.objects.create(scope=scope, name="Freight", treatment="spread", account=company.account("425"))
    ExtraCostRow.objects.create(scope=scope, name="GST", treatment="tax", tax=company.tax("INPUT"))
    ExtraCostRow.objects.create(scope=scope, name="Freight", account=company.account("425"))
    with pytest.raises(ValidationError, match="already a row for this cost"):
        ExtraCostRow.objects.create(scope=scope, name="  FREIGHT", treatment="spread")


def test_every_change_leaves_an_entry_a_version_and_a_signal(company: Company, told: Told) -> None:
    ada = person("ada")
    with changes.acting(ada):
        row = account_row(company, department="14")
        row.target = company.account("429")
        row.save()
        row.department = ""
        row.save()
        row.delete()
    entries = list(Entry.objects.filter(subject_kind="accountrow").order_by("pk"))
    assert [entry.action for entry in entries] == [
        "mapping.added", "mapping.changed", "mapping.changed", "mapping.deleted",
    ]  # fmt: skip
    assert {entry.actor for entry in entries} == {ada}
    assert entries[1].details["before"]["account"] == "310 Cost of Goods Sold"
    assert entries[1].details["after"]["account"] == "429 General Expenses"
    assert entries[2].details["before"]["department"] == "Plant North / Production"
    assert "Harbor Mills" in sentence(entries[0])
    narrow, wide = keys.account_key("6100", "14"), keys.account_key("6100")
    assert [sent for _, sent in told] == [[narrow], [narrow], [narrow, wide], [wide]]
    versions = list(AccountRow.history.order_by("history_id").values_list("version", "history_type"))
    assert versions == [(1, "+"), (2, "~"), (3, "~"), (3, "-")]
    assert set(AccountRow.history.values_list("history_user", flat=True)) == {ada.pk}


def test_saving_without_a_change_is_no_change(company: Company, told: Told) -> None:
    row = account_row(company)
    count = Entry.objects.count()
    AccountRow.objects.get().save()
    row.refresh_from_db()
    assert (row.version, Entry.objects.count(), len(told), row.history.count()) == (1, count, 1, 1)


def test_a_receiver_that_fails_undoes_the_change(company: Company) -> None:
    """E7: the release happens in the same transaction, or neither."""

    def break_down(**_: Any) -> None:
        raise RuntimeError("no")

    entries = Entry.objects.count()
    lookup_changed.connect(break_down)
    with pytest.raises(RuntimeError):
        account_row(company)
    lookup_changed.disconnect(break_down)
    assert not AccountRow.objects.exists()
    assert Entry.objects.count() == entries


def test_a_row_says_how_many_records_go_on(company: Company, told: Told) -> None:
    assert account_row(company).released == 1


def test_deleting_many_at_once_is_on_record_too(company: Company, told: Told) -> None:
    account_row(company)
    account_row(company, source_code="6200")
    told.clear()
    AccountRow.objects.all().delete()
    assert Entry.objects.filter(action="mapping.deleted").count() == 2
    assert len(told) == 1
    assert len(told[0][1]) == 2


def test_many_rows_are_made_with_their_entries_and_history(company: Company, scope: Scope, told: Told) -> None:
    target = company.account("310")
    AccountRow.objects.bulk_create(
        [AccountRow(scope=scope, source_code=f" {code}", target=target) for code in range(5)]
    )
    assert Entry.objects.filter(action="mapping.added").count() == 5
    assert AccountRow.history.count() == 5
    assert [len(sent) for _, sent in told] == [5]
    assert set(AccountRow.objects.values_list("source_code", flat=True)) == {"0", "1", "2", "3", "4"}
    bad = AccountRow(scope=scope, source_code="x", target=company.account("090"))
    with pytest.raises(ValidationError, match="bank account"):
        AccountRow.objects.bulk_create([AccountRow(scope=scope, source_code="y", target=target), bad])
    assert AccountRow.objects.count() == 5


def test_ways_round_the_record_are_closed(company: Company) -> None:
    row = account_row(company)
    with pytest.raises(TypeError, match="one by one"):
        AccountRow.objects.update(source_code="x")
    with pytest.raises(TypeError, match="one by one"):
        AccountRow.objects.bulk_update([row], ["source_code"])


def test_a_row_deleted_meanwhile_is_not_brought_back(company: Company) -> None:
    mine = account_row(company)
    AccountRow.objects.get().delete()
    mine.department = "14"
    with pytest.raises(ValidationError, match="deleted this row meanwhile"):
        mine.save()


def test_the_base_of_a_vendor_link_is_no_decision(company: Company, scope: Scope, told: Told) -> None:
    """E10: what each side returned is kept by the engine, without a version."""
    link = VendorLink.objects.create(
        scope=scope, source_key="318", target=company.contact("c", "Acme"), state="confirmed"
    )
    link.base = {"here": {"name": "Acme"}}
    link.save()
    link.refresh_from_db()
    assert (link.version, link.base, len(told)) == (1, {"here": {"name": "Acme"}}, 1)


def test_a68_a_requirement_that_ends_answers_all_it_asked_for(company: Company, scope: Scope, told: Told) -> None:
    row = RequiredDimension.objects.create(
        scope=scope, category=company.entry("tracking_category", "Region"), dimension="location"
    )
    told.clear()
    row.delete()
    assert any(key.answers(keys.tracking_key("location", "3")) for _, sent in told for key in sent)


def test_a95_who_made_a_version_is_known_for_four_eyes(company: Company) -> None:
    """A95: nobody approves what they mapped."""
    ada, bob = person("ada"), person("bob")
    with changes.acting(ada):
        row = account_row(company)
    with changes.acting(bob):
        row.target = company.account("429")
        row.save()
    other = account_row(company, source_code="6200")
    assert authors_of([("account", row.pk, 1)]) == {ada.pk}
    assert authors_of([("account", row.pk, 2), ("account", other.pk, 1)]) == {bob.pk}
