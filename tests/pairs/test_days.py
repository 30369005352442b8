"""Days in sentences, as people write them."""

import re
from datetime import date

import pytest

from integrations.days import in_full
from tests.portal.sources import APPS, ROOT


@pytest.mark.parametrize(
    ("day", "words"), [(date(2026, 11, 5), "5 November 2026"), (date(2026, 11, 25), "25 November 2026"), (None, "-")]
)
def test_a_day_has_no_zero_before_it(day: date | None, words: str) -> None:
    assert in_full(day) == words


def test_no_sentence_writes_a_day_of_its_own() -> None:
    product = [each for app in APPS for each in sorted((ROOT / app).rglob("*.py"))]
    assert [each.name for each in product if re.search(r"(?<!-)%d %[bB]", each.read_text())] == []
