"""What both sides changed is for a person; what concerns who is paid waits for approval (A71, E10)."""

import pytest

from integrations.engine import decisions
from integrations.engine.decision_kinds import VENDOR_CHANGE
from integrations.engine.vendor_sync import deciding
from integrations.models import Decision, FourEyesError, Work
from tests.vendors.office import Office, somebody
from tests.world import VENDOR


def edit_both(office: Office) -> None:
    office.edits_vendor(VENDOR, phoneOne="206-555-0199", city="Tacoma")
    phone = {"PhoneType": "DEFAULT", "PhoneNumber": "206-555-0777"}
    office.edits_contact(VENDOR, Phones=[phone])
    office.run()


def phone_there(office: Office) -> str:
    phones = {each["PhoneType"]: each for each in office.there(VENDOR)["Phones"]}
    return str(phones["DEFAULT"]["PhoneNumber"])


@pytest.mark.promise(10)
def test_e10_a_conflict_shows_base_here_and_there_and_unrelated_fields_still_sync(office: Office) -> None:
    edit_both(office)
    record, sides = office.record(VENDOR), office.sides(VENDOR)
    assert (record.work, record.hold_reason) == (Work.HELD, "vendor-conflict")
    (difference,) = sides.differences
    assert (difference["field"], difference["source"], difference["target"]) == (
        "phone", "206-555-0199", "206-555-0777",
    )  # fmt: skip
    assert difference["base_source"] == "206-555-0114"
    assert phone_there(office) == "206-555-0777"
    assert office.here(VENDOR)["phoneOne"] == "206-555-0199"
    assert office.there(VENDOR)["Addresses"][0]["City"] == "Tacoma"


@pytest.mark.parametrize("side", ["source", "target"])
def test_e10_a_conflict_is_chosen_per_field(office: Office, side: str) -> None:
    edit_both(office)
    sides = office.sides(VENDOR)
    choices = {each["choice"]: side for each in sides.differences}
    assert deciding.choose(sides, choices, somebody("ana")).startswith("is settled")
    office.run()
    right = "206-555-0199" if side == "source" else "206-555-0777"
    assert (phone_there(office), office.here(VENDOR)["phoneOne"]) == (right, right)
    assert office.record(VENDOR).work == Work.DONE


def test_e10_a_choice_counts_only_for_what_was_seen(office: Office) -> None:
    edit_both(office)
    sides = office.sides(VENDOR)
    office.edits_vendor(VENDOR, phoneOne="206-555-0200")
    office.run()
    choices = {each["choice"]: "target" for each in sides.differences}
    assert "may have changed" in deciding.choose(sides, choices, somebody("ana"))
    assert office.here(VENDOR)["phoneOne"] == "206-555-0200"


def test_e10_the_same_edit_on_both_sides_is_no_conflict(office: Office) -> None:
    office.edits_vendor(VENDOR, email=["new@northgate.example"])
    office.edits_contact(VENDOR, EmailAddress="new@northgate.example")
    before = len(office.writes())
    office.run()
    assert office.record(VENDOR).work == Work.DONE
    assert len(office.writes()) == before


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("name", "Northgate Safety Group", ("Name", "Northgate Safety Group")),
        ("email", ["pay@northgate.example"], ("EmailAddress", "pay@northgate.example")),
        ("currency", "CAD", ("DefaultCurrency", "CAD")),
    ],
)
@pytest.mark.promise(10)
def test_a71_what_concerns_who_is_paid_waits_for_approval_into_accounting(
    office: Office, field: str, value: object, shown: tuple[str, str]
) -> None:
    contact = office.there(VENDOR)["ContactID"]
    if field == "currency":
        value = next(
            row["id"]
            for row in office.world.sandbox.procurify.tenant("harbormills").rows("currencies")
            if row["name"] == value
        )
    office.edits_vendor(VENDOR, **{field: value})
    before = len(office.writes())
    office.run()
    decision = Decision.objects.pending().get(kind=VENDOR_CHANGE)
    assert office.sides_of(contact).record.work == Work.APPROVAL
    assert len(office.writes()) == before
    assert decisions.decide(decision, somebody("sam"), True, "seen the letter") == "approved."
    office.run()
    assert office.there(contact)[shown[0]] == shown[1]
    assert office.sides_of(contact).record.work == Work.DONE


def test_a71_a_refused_change_stays_where_it_was_made_and_is_not_asked_again(office: Office) -> None:
    office.edits_vendor(VENDOR, email=["thief@example.example"])
    office.run()
    decisions.decide(Decision.objects.pending().get(), somebody("sam"), False, "nobody knows this address")
    office.run()
    assert office.there(VENDOR)["EmailAddress"] == "ar@northgate.example"
    assert office.record(VENDOR).work == Work.DONE
    assert not Decision.objects.pending().exists()


def test_a71_an_approval_lapses_when_the_change_changes(office: Office) -> None:
    office.edits_vendor(VENDOR, email=["pay@northgate.example"])
    office.run()
    first = Decision.objects.pending().get()
    office.edits_vendor(VENDOR, email=["other@northgate.example"])
    office.run()
    first.refresh_from_db()
    assert first.lapsed_at is not None
    assert decisions.decide(first, somebody("sam"), True, "fine") == "was already decided, or lapsed."
    assert office.there(VENDOR)["EmailAddress"] == "ar@northgate.example"


def test_a71_the_same_changes_pass_where_the_setting_is_off(office: Office) -> None:
    type(office.world.integration).objects.update(vendor_changes_need_approval=False)
    office.edits_vendor(VENDOR, email=["pay@northgate.example"])
    office.run()
    assert office.there(VENDOR)["EmailAddress"] == "pay@northgate.example"


def test_a71_toward_procurement_they_pass(office: Office) -> None:
    office.edits_contact(VENDOR, Name="Northgate Safety Group", EmailAddress="pay@northgate.example")
    office.run()
    assert office.here("Northgate Safety Group")["email"] == ["pay@northgate.example"]


def test_a71_whoever_settled_the_conflict_does_not_approve_it(office: Office) -> None:
    office.edits_vendor(VENDOR, email=["one@northgate.example"])
    office.edits_contact(VENDOR, EmailAddress="two@northgate.example")
    office.run()
    sides = office.sides(VENDOR)
    deciding.choose(sides, {each["choice"]: "source" for each in sides.differences}, somebody("ana"))
    office.run()
    decision = Decision.objects.pending().get(kind=VENDOR_CHANGE)
    with pytest.raises(FourEyesError):
        decisions.decide(decision, somebody("ana"), True, "my own choice")
    decisions.decide(decision, somebody("sam"), True, "fine")
    office.run()
    assert office.there(VENDOR)["EmailAddress"] == "one@northgate.example"


def test_a71_do_not_use_is_how_procurement_retires_a_vendor(office: Office) -> None:
    contact = office.there(VENDOR)["ContactID"]
    office.edits_vendor(VENDOR, name=f"{VENDOR} DO NOT USE")
    office.run()
    (difference,) = office.sides_of(contact).differences
    assert (difference["field"], difference["source"]) == ("active", "no")
    decisions.decide(Decision.objects.pending().get(), somebody("sam"), True, "retired")
    office.run()
    assert (office.there(contact)["ContactStatus"], office.there(contact)["Name"]) == ("ARCHIVED", VENDOR)


def test_a71_a_vendor_that_procurement_deactivated_leaves_accounting_with_approval(office: Office) -> None:
    office.edits_vendor(VENDOR, active=False)
    office.run()
    assert office.there(VENDOR)["ContactStatus"] == "ACTIVE"
    decisions.decide(Decision.objects.pending().get(), somebody("sam"), True, "retired")
    office.run()
    assert office.there(VENDOR)["ContactStatus"] == "ARCHIVED"


def test_a71_bank_details_are_neither_kept_nor_written(office: Office) -> None:
    from integrations.models import SourceDocument
    from mappings.models import ReferenceEntry

    office.contact("Delta Steel", BankAccountDetails="00-1234-5678901-00")
    office.run()
    office.edits_contact("Delta Steel", BankAccountDetails="99-9999-9999999-99")
    before = len(office.writes())
    office.run()
    assert len(office.writes()) == before
    kept = "".join(SourceDocument.objects.values_list("summary", flat=True))
    assert "1234-5678901" not in kept + str(list(ReferenceEntry.objects.values_list("attributes", flat=True)))
    assert not any("1234-5678901" in str(asked) for asked in office.writes())


def test_a71_what_waits_for_approval_does_not_wait_for_a_conflict_beside_it(office: Office) -> None:
    office.edits_vendor(VENDOR, phoneOne="206-555-0199", email=["pay@northgate.example"])
    office.edits_contact(VENDOR, Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "206-555-0777"}])
    office.run()
    assert office.record(VENDOR).hold_reason == "vendor-conflict"
    decisions.decide(Decision.objects.pending().get(kind=VENDOR_CHANGE), somebody("sam"), True, "their letter")
    office.run()
    assert office.there(VENDOR)["EmailAddress"] == "pay@northgate.example"
    assert office.record(VENDOR).hold_reason == "vendor-conflict"
