"""`python -m tests.promises`: every promise of the product, the tests that show it, and how they ended.

The promises are in `promises.txt` beside this file: number, whom it concerns, the promise, by tabs.
A test shows one by the mark `@pytest.mark.promise(<number>)`.
"""

import sys
from collections import defaultdict
from pathlib import Path

import pytest

TEXTS = Path(__file__).with_name("promises.txt")
GRAVEST_FIRST = ("failed", "skipped", "passed")


class Matrix:
    """A plugin of pytest that notes how each test of a promise ended."""

    def __init__(self) -> None:
        self.outcomes: dict[int, dict[str, str]] = defaultdict(dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Setup, call and teardown each report; the gravest of the three counts."""
        for name, number in report.user_properties:
            if name == "promise" and isinstance(number, int):
                ended = self.outcomes[number]
                ended[report.nodeid] = _graver(ended.get(report.nodeid, "passed"), report.outcome)


def texts() -> dict[int, tuple[str, str]]:
    """Whom each promise concerns and what it says, by number."""
    rows = (line.split("\t") for line in TEXTS.read_text().splitlines() if line.strip())
    return {int(number): (whom, promise) for number, whom, promise in rows}


def matrix(outcomes: dict[int, dict[str, str]]) -> list[str]:
    lines = []
    for number, (whom, promise) in texts().items():
        ended = outcomes.get(number, {})
        overall = next((each for each in GRAVEST_FIRST if each in ended.values()), "no test")
        lines.append(f"{number:>2}  {overall:<8} {promise} ({whom})")
        lines.extend(f"        {outcome:<8} {test}" for test, outcome in sorted(_by_test(ended).items()))
    return lines


def summary(outcomes: dict[int, dict[str, str]]) -> str:
    without = [str(number) for number in texts() if number not in outcomes]
    shown = len(texts()) - len(without)
    return f"{shown} of {len(texts())} promises have tests. Without: {', '.join(without) or 'none'}."


def _by_test(ended: dict[str, str]) -> dict[str, str]:
    """The cases of one parametrised test as one line, with their number and the gravest outcome."""
    cases: dict[str, list[str]] = defaultdict(list)
    for nodeid, outcome in ended.items():
        cases[nodeid.partition("[")[0]].append(outcome)
    return {
        test + (f" ({len(outcomes)} cases)" if len(outcomes) > 1 else ""): min(outcomes, key=GRAVEST_FIRST.index)
        for test, outcomes in cases.items()
    }


def _graver(one: str, other: str) -> str:
    return min(one, other, key=GRAVEST_FIRST.index)


def main() -> int:
    """0 when every test of a promise passed or was skipped, else pytest's own exit code."""
    found = Matrix()
    code = pytest.main(["-m", "promise", "-n", "auto", "-q", "--no-header", "--tb=short"], plugins=[found])
    print("\n".join(["", *matrix(found.outcomes), "", summary(found.outcomes)]))
    return 0 if code == pytest.ExitCode.NO_TESTS_COLLECTED else int(code)


if __name__ == "__main__":
    sys.exit(main())
