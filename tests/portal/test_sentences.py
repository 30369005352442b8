"""What the trail keeps as codes and people read as words."""

import pytest

from audit.actions import sentence
from audit.trail import Subject, log

ORDER = Subject("record", 7, "Order PF1041", "PF1041")


@pytest.mark.django_db
def test_a_hold_is_told_by_its_label() -> None:
    entry = log("record.held", ORDER, details={"reason": "missing-mapping", "explanation": "No row for 6100."})
    assert sentence(entry) == "was held as missing mapping: No row for 6100."


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("version", "said"), [("2", "version 2"), ("1795295946804", "version of 21 Nov 2026 21:19 UTC")]
)
def test_a_version_that_is_a_time_of_change_reads_as_that_time(version: str, said: str) -> None:
    details = {"source": "Xero", "vendor": "Cedar", "amount": "10", "currency": "USD", "version": version}
    assert sentence(log("document.read", ORDER, details=details)).endswith(said)
