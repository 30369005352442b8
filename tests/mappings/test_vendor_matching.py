"""A vendor is linked by itself only on A70's evidence: a wrong link pays the wrong company."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings import names
from mappings.vendor_matching import Contacts, MatchKind, VendorFacts, match, tax_number
from tests.mappings.name_pairs import SAME, pairs

ACME = VendorFacts("1", "Acme Ltd", ("ap@acme.example",), "GB 123 456 782")
GUID = "430fa14a-f945-44d3-9f97-5df5e28441b8"


def contact(key: str = "c", **more: object) -> VendorFacts:
    return replace(ACME, **{"key": key, "emails": (), "tax_number": "", **more})  # type: ignore[arg-type]


@pytest.mark.promise(12)
def test_a70_of_500_labelled_pairs_no_automatic_link_is_wrong(
    record_property: Callable[[str, object], None],
) -> None:
    """Promise 12: precision 100 %; recall is reported, by rule."""
    found = [(pair, match(pair.vendor, [pair.contact])) for pair in pairs()]
    assert len(found) == 500
    automatic = [pair for pair, result in found if result.kind == MatchKind.AUTOMATIC]
    wrong = [(pair.rule, pair.vendor.name, pair.contact.name) for pair in automatic if not pair.same]
    assert wrong == []
    by_rule = Counter(pair.rule for pair in automatic)
    recall = len(automatic) / sum(pair.same for pair, _ in found)
    record_property("recall", f"{recall:.0%}")
    print(f"precision 100 %, recall {recall:.0%}: {dict(by_rule)}")
    assert recall >= 0.75
    certain = {make.__name__ for make in SAME} - {"typing_error", "form_left_out"}
    assert {rule for rule, count in by_rule.items() if count == 25} == certain


def test_a70_what_is_not_certain_is_proposed_with_its_evidence() -> None:
    proposed = [
        match(pair.vendor, [pair.contact]) for pair in pairs() if pair.rule in ("typing_error", "form_left_out")
    ]
    assert {result.kind for result in proposed} == {MatchKind.PROPOSED}
    assert all(result.contact is None and result.evidence for result in proposed)


def test_a70_mail_alone_only_proposes() -> None:
    result = match(ACME, [contact(name="Group Services", emails=("AP@acme.example",))])
    assert (result.kind, result.evidence) == (MatchKind.PROPOSED, "equal e-mail ap@acme.example")


def test_a70_two_active_contacts_of_one_name_are_ambiguous() -> None:
    result = match(contact("v"), [contact("a"), contact("b", name="ACME Limited")])
    assert (result.kind, result.contact, len(result.candidates)) == (MatchKind.AMBIGUOUS, None, 2)


def test_a70_whom_a_person_said_it_is_not_is_neither_linked_nor_proposed() -> None:
    twin, sister = contact("a"), contact("b", name="ACME Limited")
    assert match(contact("v"), [twin], {"a"}).kind == MatchKind.NONE
    left = match(contact("v"), [twin, sister], {"a"})
    assert (left.kind, [each.contact.key for each in left.candidates]) == (MatchKind.AMBIGUOUS, ["b"])
    assert match(contact("v"), [twin, sister], {"a", "b"}).kind == MatchKind.NONE


def test_several_alike_are_shown_with_those_who_are_only_similar() -> None:
    """Whoever says that it is none of them has seen them all."""
    result = match(contact("v"), [contact("a"), contact("b"), contact("c", name="Acme Limited Partnership")])
    assert [each.contact.key for each in result.candidates] == ["a", "b", "c"]


def test_a70_mail_tells_two_contacts_of_one_name_apart() -> None:
    mine = contact("a", emails=("ap@acme.example",))
    result = match(ACME, [mine, contact("b", emails=("other@acme.example",))])
    assert (result.kind, result.contact) == (MatchKind.AUTOMATIC, mine)


def test_a70_tax_number_and_mail_that_point_at_two_contacts_are_ambiguous() -> None:
    by_number = contact("a", name="Somebody", tax_number="GB123456782")
    by_mail = contact("b", emails=("ap@acme.example",))
    assert match(ACME, [by_number, by_mail]).kind == MatchKind.AMBIGUOUS


def test_a70_another_tax_number_contradicts_equal_mail_and_name() -> None:
    other = contact(emails=ACME.emails, tax_number="GB 999 999 973")
    result = match(ACME, [other])
    assert result.kind == MatchKind.PROPOSED


def test_the_same_number_without_its_country_neither_proves_nor_contradicts() -> None:
    bare = contact(tax_number="123456782")
    assert match(replace(ACME, emails=()), [bare]).evidence == "equal name"
    assert match(replace(ACME, emails=(), name="Renamed Ltd"), [bare]).kind == MatchKind.NONE


@pytest.mark.parametrize(
    "written", ["", "n/a", "12345", "*****6782", "XXX-XX-1234", "000000000", "123456789", "NONE GIVEN"]
)
def test_a74_a_tax_number_that_names_nobody_is_none(written: str) -> None:
    """A74."""
    assert tax_number(written) == ""


def test_a70_an_archived_contact_is_shown_and_never_linked() -> None:
    result = match(contact("v"), [contact(active=False)])
    assert (result.kind, result.contact) == (MatchKind.PROPOSED, None)
    assert "archived" in result.evidence
    twin = contact("living")
    assert match(contact("v"), [contact(active=False), twin]).contact == twin


@pytest.mark.parametrize("name", ["Acme Ltd DO NOT USE", "zzz Acme Ltd"])
def test_a71_a_retired_name_is_never_linked_by_itself(name: str) -> None:
    assert match(contact("v", name=name), [contact(name=name)]).kind == MatchKind.PROPOSED


def test_a70_stored_ids_count_on_either_side_and_only_for_the_other_system() -> None:
    target = contact(GUID, name="Else")
    assert match(contact("v", external_ref=GUID.upper()), [target]).evidence == "stored id"
    assert match(contact("v", external_ref="ours-7"), [replace(target, own_ref="OURS-7")]).contact is not None
    assert match(contact("v", own_ref="pcf-h-318"), [replace(target, external_ref="PCF-H-318")]).contact is not None
    third = match(contact("v", external_ref="NS-100"), [replace(target, external_ref="NS-100")])
    assert third.kind != MatchKind.AUTOMATIC
    short = match(contact("v", name="Other", external_ref="56"), [contact("56", name="Else")])
    assert short.kind != MatchKind.AUTOMATIC


def test_names_of_nothing_but_punctuation_are_never_equal() -> None:
    assert match(contact("v", name="—"), [contact(name="...")]).kind == MatchKind.NONE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("がくしゅう", "かくしゆう"),
        ("Delta Steel Ltd", "Delta Steel Inc"),
        ("Delta Steel", "Delta Steel Ltd"),
        ("Delta 2 Ltd", "Delta 3 Ltd"),
        ("Company Ltd", "Ltd"),
        ("שָׁלוֹם", "שלום"),
    ],
)
def test_names_that_stay_two(one: str, other: str) -> None:
    assert names.company(one) != names.company(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller GmbH", "MULLER  Gesellschaft mit beschränkter Haftung"),
        ("A.B.C. Ltd.", "ABC Limited"),
        ("O'Brien & Sons", "OBrien and Sons"),
        ("\uff21\uff23\uff2d\uff25 Ltd", "Acme Ltd"),
        ("Ørsted A/S", "Orsted AS"),
        ("Kowalski Sp. z o.o.", "KOWALSKI SP Z OO"),
    ],
)
def test_spellings_of_one_name(one: str, other: str) -> None:
    assert names.company(one) == names.company(other)


@given(st.text(max_size=60))
def test_a_compared_name_compares_equal_to_itself(name: str) -> None:
    assert names.company(names.company(name)) == names.company(name)


@given(st.lists(st.sampled_from(["Acme Ltd", "ACME Limited", "Delta", "Acme"]), max_size=6))
def test_a70_an_automatic_link_by_name_is_to_the_only_bearer(listed: list[str]) -> None:
    contacts = [VendorFacts(f"{number}", name) for number, name in enumerate(listed)]
    result = match(VendorFacts("v", "Acme Ltd"), Contacts(contacts))
    bearers = [each for each in contacts if each.name in ("Acme Ltd", "ACME Limited")]
    assert (result.kind == MatchKind.AUTOMATIC) == (len(bearers) == 1)
