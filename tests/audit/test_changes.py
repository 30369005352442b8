"""Details read as a table of before and after, not as JSON."""

from audit.changes import Change, changes, facts

BILL = {
    "before": {"status": "draft", "lines": [{"account": "400", "tax_codes": ["GST", "PST"]}]},
    "after": {"status": "draft", "lines": [{"account": "410", "tax_codes": ["GST"]}], "paid": True, "due": None},
    "target": "INV-7",
    "request": {"id": 12, "rows": [[1, 2]]},
}


def test_each_field_stands_once_with_both_sides() -> None:
    assert changes(BILL) == [
        Change("Status", "draft", "draft"),
        Change("Lines 1 account", "400", "410"),
        Change("Lines 1 tax codes", "GST, PST", "GST"),
        Change("Paid", "", "yes"),
        Change("Due", "", ""),
    ]
    assert [change.field for change in changes(BILL) if change.changed] == [
        "Lines 1 account",
        "Lines 1 tax codes",
        "Paid",
    ]


def test_other_facts_stand_beside_the_table() -> None:
    assert facts(BILL) == [("Target", "INV-7"), ("Request id", "12"), ("Request rows 1", "1, 2")]


def test_a_fact_in_words_keeps_its_code_beside_it() -> None:
    details = {"reason": "missing-stamp", "version": "2", "rows": [1]}
    wording = dict.fromkeys(("reason", "version", "rows", "gone"), lambda code: code.replace("-", " "))
    assert facts(details, wording) == [("Reason", "missing stamp (missing-stamp)"), ("Version", "2"), ("Rows", "1")]


def test_one_side_alone_is_a_table_too() -> None:
    assert changes({"after": {"name": "Demo Co"}}) == [Change("Name", "", "Demo Co")]
    assert changes({"before": None, "after": "done"}) == [Change("", "", "done")]
    assert changes({}) == []
    assert facts({}) == []
