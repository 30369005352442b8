"""Vendors, reference lists and the identity of Procurify."""

from typing import Any

import pytest

from integrations.documents import VendorKind
from integrations.errors import InvalidSourceError
from integrations.systems.procurify import lists, parse
from tests.systems.procurify.orders import sample


def test_a_vendor_with_its_currency_by_name() -> None:
    raw = sample("vendors_list")["data"][1]
    vendor = parse.vendor(raw, {"3": "USD"})
    assert (vendor.source_id, vendor.name, vendor.kind) == (
        "318", "Northgate Safety Supply", VendorKind.PREFERRED,
    )  # fmt: skip
    assert vendor.emails == ("ar@northgate.example", "orders@northgate.example")
    assert (vendor.currency, vendor.country, vendor.external_ref) == ("USD", "USA", "XERO-9f2c")
    assert vendor.fields["city"] == "Seattle"
    assert vendor.modified_at is not None


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (1, VendorKind.ONE_TIME),
        (2, VendorKind.OTHER),
        (3, VendorKind.PREFERRED),
        (4, VendorKind.REGULAR),
        (5, VendorKind.EMPLOYEE),
        (6, VendorKind.CARD_PROVIDER),
        (7, VendorKind.OTHER),
    ],
)
def test_kinds_of_vendors_are_told_apart_a72(number: int, kind: VendorKind) -> None:
    assert parse.vendor(sample("vendor_detail")["data"] | {"type": number}).kind is kind


def test_an_unreadable_vendor_names_its_field() -> None:
    with pytest.raises(InvalidSourceError) as raised:
        parse.vendor(sample("vendor_detail")["data"] | {"email": "ap@acme.example"})
    assert raised.value.field == "email"


def test_a_department_is_named_with_its_location() -> None:
    (entry,) = [lists.LISTS[2][1].parse(raw) for raw in sample("departments_list")["data"]]
    assert (entry.kind, entry.key, entry.name) == ("department", "14", "Plant North / Production")
    assert entry.attributes == {"location": "2"}


def test_account_codes_and_currencies() -> None:
    codes = [lists.LISTS[3][1].parse(raw) for raw in sample("account_codes_list")["data"]]
    assert [(code.key, code.code, code.name, code.attributes["type"]) for code in codes] == [
        ("71", "6100", "Shop supplies", "expense"),
        ("72", "1500", "Plant equipment", "assets"),
        ("73", "6900", "Freight in", "expense"),
    ]
    currencies = [lists.CURRENCIES.parse(raw) for raw in sample("currencies_list")["data"]]
    assert [(entry.key, entry.code) for entry in currencies] == [("1", "CAD"), ("3", "USD")]
    assert lists.with_base_currency(me({"flattened": []}), currencies).base_currency == "USD"


def me(access: Any, *, is_active: bool = True) -> Any:
    raw = {"id": 1, "email": "api@acme.example", "is_active": is_active, "systemaccess_cache": access}
    return lists.identity(raw, "acme")


def test_the_identity_tells_whose_eyes_we_see_with() -> None:
    seen = me({"flattened": ["superuser"]})
    assert (seen.key, seen.identity, seen.warnings) == ("acme", "api@acme.example", ())


def test_a_narrow_role_or_a_deactivated_user_is_warned_of_a101() -> None:
    assert "no Superuser" in me({"flattened": ["accounts_payable"]}).warnings[0]
    assert me({"flattened": ["accounts_payable", "nav_purchase"]}).warnings == ()
    assert "deactivated" in me({"flattened": ["superuser"]}, is_active=False).warnings[0]
