"""Random edits on both sides between runs: each arrives on the other side or is a visible hold (E10)."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.documents import Vendor
from integrations.pairs.vendor_flow import FIELDS, GUARDED, Base, Judged, Way, compare, is_same, values_of

VALUES = {
    "name": ["Northgate", "Northgate Ltd", "Northgate Group"],
    "email": ["", "a@x.example", "A@x.example", "b@x.example"],
    "phone": ["", "555 0114", "(555) 0114", "555-9999", "call us"],
    "city": ["", "Seattle", "Tacoma"],
    "currency": ["", "USD", "CAD"],
    "active": ["yes", "no"],
}
EDIT = st.sampled_from([("run", "", "")] * 8 + [
    (side, name, value) for side in ("source", "target") for name, values in VALUES.items() for value in values
])  # fmt: skip
EDITS = st.lists(EDIT, max_size=14)


class Two:
    """Two systems that hold a vendor, and what the portal keeps of it."""

    def __init__(self) -> None:
        start = values_of(
            Vendor("1", "Northgate", emails=("a@x.example",), currency="USD", fields={"phone": "555 0114"})
        )
        self.sides: dict[str, dict[str, str]] = {"source": dict(start), "target": dict(start)}
        self.base: dict[str, dict[str, str]] = {"source": dict(start), "target": dict(start)}
        self.waiting: set[str] = set()

    def known(self) -> Base:
        return Base(self.base["source"], self.base["target"])

    def run(self) -> None:
        found = compare(self.known(), self.sides["source"], self.sides["target"], Judged())
        for name, (here, there) in found.settled.items():
            self.base["source"][name], self.base["target"][name] = here, there
        for side in ("target", "source"):
            for name, value in found.writes(side).items():
                self.sides[side][name] = value
                self.base["source"][name] = self.base["target"][name] = value
        self.waiting = {each.field for each in found.differences if each.way is not Way.PASSES}


@given(EDITS)
@settings(max_examples=500)
@pytest.mark.promise(10)
def test_e10_no_edit_is_ever_lost_silently(edits: list[tuple[str, str, str]]) -> None:
    two = Two()
    for side, name, value in edits:
        if side == "run":
            two.run()
        else:
            two.sides[side][name] = value
    two.run()
    two.run()
    for each in FIELDS:
        here, there = two.sides["source"][each.slug], two.sides["target"][each.slug]
        assert is_same(each.slug, here, there) or each.slug in two.waiting, (each.slug, here, there)


@given(EDITS)
@settings(max_examples=300)
def test_a71_nothing_guarded_enters_accounting_without_an_approval(edits: list[tuple[str, str, str]]) -> None:
    two = Two()
    for side, name, value in edits:
        before = dict(two.sides["target"])
        if side == "run":
            two.run()
            changed = {field for field in before if before[field] != two.sides["target"][field]}
            assert not changed & GUARDED
        else:
            two.sides[side][name] = value


STEP = st.tuples(
    st.sampled_from(["source", "target", "run"]), st.integers(0, 2), st.sampled_from(["city", "contact", "phone"])
)
STORY = st.lists(STEP, min_size=3, max_size=8)


@given(STORY)
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@pytest.mark.promise(10)
def test_e10_random_edits_in_two_real_offices_arrive_or_are_held(
    office: Any, story: list[tuple[str, int, str]]
) -> None:
    from tests.world import VENDOR

    for side, at, field in story:
        value = ["Tacoma", "Seattle", "Bremerton"][at] if field != "phone" else ["555-0111", "555-0222", "555-0333"][at]
        if side == "run":
            office.run()
        elif side == "source":
            names = {"city": "city", "contact": "contact", "phone": "phoneOne"}
            office.edits_vendor(VENDOR, **{names[field]: value})
        elif field == "phone":
            office.edits_contact(VENDOR, Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": value}])
        elif field == "city":
            office.edits_contact(VENDOR, Addresses=[{"AddressType": "STREET", "City": value}])
        else:
            office.edits_contact(VENDOR, FirstName="", LastName=value)
    office.run()
    sides, here, there = office.sides(VENDOR), office.here(VENDOR), office.there(VENDOR)
    held = {each["field"] for each in sides.differences}
    address = next(each for each in there["Addresses"] if each["AddressType"] == "STREET")
    phone = next(each for each in there["Phones"] if each["PhoneType"] == "DEFAULT")
    pairs = {
        "city": (here["city"], address["City"]),
        "contact": (here["contact"] or "", there.get("LastName", "")),
        "phone": (here["phoneOne"], phone["PhoneNumber"]),
    }
    edited = {field for side, _, field in story if side != "run"}
    for field in edited:
        assert pairs[field][0] == pairs[field][1] or field in held, (field, pairs[field], held)
