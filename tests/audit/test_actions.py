"""Dotted names become sentences that stand after the actor's name."""

import pytest

from audit import actions
from audit.trail import Subject, log


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "_actions", dict(actions._actions))


@pytest.mark.django_db
def test_a_sentence_is_filled_from_the_entry_and_its_details() -> None:
    actions.register({"parcel.posted": "posted {document} as draft bill {target}"})
    entry = log("parcel.posted", Subject("record", 1, "Order PF1041", "PF1041"), details={"target": "INV-7"})
    assert actions.sentence(entry) == "posted PF1041 as draft bill INV-7"


@pytest.mark.django_db
def test_lists_flags_and_nothing_read_as_words() -> None:
    actions.register({"parcel.held": "missing {codes}; paid: {paid}; note: {note}; {before}"})
    details = {"codes": ["400", "410"], "paid": False, "note": None, "before": {"state": "waiting"}}
    entry = log("parcel.held", Subject("record", 1, "Order"), details=details)
    assert actions.sentence(entry) == "missing 400, 410; paid: no; note: nothing; state: waiting"


@pytest.mark.django_db
def test_a_part_that_is_not_there_reads_as_an_ellipsis() -> None:
    actions.register({"parcel.posted": "posted {document} as {target}"})
    assert actions.sentence(log("parcel.posted", Subject("record", 1, "Order", "PF1"))) == "posted PF1 as …"


@pytest.mark.django_db
def test_braces_in_a_vendors_text_are_only_text() -> None:
    actions.register({"parcel.refused": "was refused: {words}"})
    entry = log("parcel.refused", Subject("record", 1, "Order"), details={"words": "{document} {0} {x!r}"})
    assert actions.sentence(entry) == "was refused: {document} {0} {x!r}"


@pytest.mark.django_db
def test_an_action_of_an_older_version_still_says_something() -> None:
    entry = log("parcel.lost_long_ago", Subject("record", 1, "Order PF1041"))
    assert actions.sentence(entry) == "parcel lost long ago: Order PF1041"


def test_one_name_has_one_sentence() -> None:
    actions.register({"parcel.posted": "posted"})
    actions.register({"parcel.posted": "posted"})
    with pytest.raises(ValueError, match=r"parcel\.posted is registered twice"):
        actions.register({"parcel.posted": "sent"})


def test_details_are_evidence_unless_their_action_says_otherwise() -> None:
    """A105 wins over the retention of E19."""
    actions.register({"parcel.posted": "posted"})
    actions.register({"parcel.opened": "opened"}, erasable=True)
    assert actions.is_evidence("parcel.posted")
    assert not actions.is_evidence("parcel.opened")
    assert "parcel.opened" in actions.erasable()
    assert "parcel" in actions.families()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kept", "said"), [("1073.0", "1,073.00"), ("1770.4100", "1,770.41"), ("9.975", "9.975"), ("52.5 USD", "52.50 USD")]
)
def test_an_amount_is_kept_as_given_and_said_as_accountants_write_it(kept: str, said: str) -> None:
    actions.register({"parcel.weighed": "of {total}, account {account}"})
    entry = log("parcel.weighed", Subject("record", 1, "Order"), details={"total": kept, "account": "400.0"})
    assert actions.sentence(entry) == f"of {said}, account 400.0"


@pytest.mark.django_db
def test_a_code_in_the_details_reads_as_words_and_stays_a_code_in_the_entry() -> None:
    wordings = {"parcel.held": {"reason": {"missing-stamp": "missing stamp"}.__getitem__}}
    actions.register({"parcel.held": "was held as {reason}"}, wordings=wordings)
    entry = log("parcel.held", Subject("record", 1, "Order"), details={"reason": "missing-stamp"})
    assert actions.sentence(entry) == "was held as missing stamp"
    assert entry.details["reason"] == "missing-stamp"
