"""The `where` and `order` parameters as the Xero stand-in understands them."""

from typing import Any

import pytest

from integrations.sandbox.xero.fields import flag, guid, moment, number, text
from integrations.sandbox.xero.where import QueryParseError, condition, ordering

ID = "ed255415-e141-4150-aab7-89c3bbbb851c"
FIELDS = {
    "Name": text("Name", folded=True),
    "Status": text("Status"),
    "Reference": text("Reference"),
    "AmountDue": number("AmountDue"),
    "Date": moment("Date"),
    "ID": guid("ID"),
    "IsSupplier": flag("IsSupplier"),
}
ROW: dict[str, Any] = {
    "Name": 'Café "Nine"',
    "Status": "DRAFT",
    "AmountDue": 34.93,
    "Date": "/Date(1790812800000+0000)/",
    "ID": ID,
    "IsSupplier": True,
}


@pytest.mark.parametrize(
    "query",
    [
        'Status=="DRAFT"',
        'Status!="PAID" AND AmountDue>0',
        'Status=="PAID" OR AmountDue==34.93',
        'Status=="PAID" || (AmountDue>=34.93 && AmountDue<=34.93)',
        f'ID==guid("{ID.upper()}")',
        "Date>=DateTime(2026,10,01) AND Date<DateTime(2026,10,02,0,0,0)",
        "IsSupplier==true",
        "Reference==null",
        'Name=="CAFE ""nine"""',
        'Name.StartsWith("Caf") and Name.Contains("Nine") and Name.EndsWith("""")',
        'Reference!=null AND Reference.Contains("x") OR Status=="DRAFT"',
        'Status=="AND" OR Status=="DRAFT"',
    ],
)
def test_a_query_of_the_grammar_finds_the_row(query: str) -> None:
    assert condition(query, FIELDS)(ROW)


@pytest.mark.parametrize(
    "query", ['Status=="draft"', "AmountDue<0", "Reference!=null", 'Status=="PAID" AND Status=="DRAFT" OR AmountDue<1']
)
def test_a_query_that_does_not_fit_does_not_find_it(query: str) -> None:
    assert not condition(query, FIELDS)(ROW)


@pytest.mark.parametrize(
    "query",
    [
        'Colour=="red"',
        'Status="DRAFT"',
        "Status==DRAFT",
        "Status=='DRAFT'",
        r'Name=="a\"b"',
        'ID=="ed255415-e141-4150-aab7-89c3bbbb851c"',
        'AmountDue=="34.93"',
        'Date=="2026-10-01"',
        "Date==DateTime(2026,13,01)",
        "Date==DateTime(2026,10)",
        'Status>"A"',
        'Status=="DRAFT" AND',
        '(Status=="DRAFT"',
        'Status=="DRAFT")',
        'Status=="DRAFT" Status=="PAID"',
        'ID==guid("nonsense")',
        'Name.ToLower()=="x"',
        "AmountDue.Contains(3)",
        "AmountDue>null",
        "",
    ],
)
def test_anything_outside_the_grammar_is_refused(query: str) -> None:
    with pytest.raises(QueryParseError):
        condition(query, FIELDS)


def test_searching_in_a_null_breaks_the_whole_query() -> None:
    test = condition('Reference.Contains("x")', FIELDS)
    with pytest.raises(QueryParseError):
        test(ROW)


def test_an_order_names_known_fields_and_a_direction() -> None:
    by = ordering("AmountDue DESC, Status", FIELDS)
    assert [descending for _, descending in by] == [True, False]
    for wrong in ("Colour", "Status DOWN", "Status ASC DESC", ""):
        with pytest.raises(QueryParseError):
            ordering(wrong, FIELDS)
