"""Suppliers' invoice files on the bills: by setting, exactly once, never at the price of a bill."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.contrib.auth.models import User
from django.test import override_settings
from django.utils import timezone

from audit.models import Entry
from integrations.engine import release
from integrations.engine.files import attaching, settling, waiting
from integrations.models import FileState, Flag, InvoiceFile, Outcome, RequestLine, Work
from integrations.reconciliation import auditing
from tests.contract.specifications import complaints
from tests.world import DOMAIN, World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]

ITEM = {"name": "Gloves", "amount": "100.00", "account": "6100", "department": "Production"}
PDF = b"%PDF-1.4 the supplier's own invoice"
ATTACHMENTS = "/Attachments"


@pytest.fixture
def files(world: World) -> World:
    world.integration.attach_files = True
    world.integration.save()
    return world


def billed(world: World, number: str = "INV-7", name: str = "Scan of INV-7.pdf", content: Any = PDF) -> None:
    world.invoice(number, items=[ITEM])
    world.sandbox.procurify.attach_file(DOMAIN, number, name, content)


def hanging(world: World, number: str = "INV-7") -> dict[str, str]:
    """The files of a bill in Xero, name and hash."""
    import base64

    owner = world.bill(number)["InvoiceID"]
    rows = world.sandbox.xero.organisation(world.tenant).attachments.rows.values()
    return {
        row["FileName"]: hashlib.sha256(base64.b64decode(row["_content"])).hexdigest()
        for row in rows
        if row["_owner"] == owner
    }


def uploads(world: World) -> list[dict[str, Any]]:
    return [each for each in world.sandbox.log("xero") if each["method"] == "PUT" and ATTACHMENTS in each["path"]]


def time_passes(**_: Any) -> None:
    past = timezone.now() - timedelta(seconds=1)
    InvoiceFile.objects.exclude(not_before=None).update(not_before=past)


def flags(world: World, number: str = "INV-7") -> list[str]:
    return list(
        world.record(number).flags.filter(closed_at=None, kind=settling.FLAG).values_list("explanation", flat=True)
    )


HASH = hashlib.sha256(PDF).hexdigest()


def test_a105_a_suppliers_file_is_attached_once_and_its_hash_is_in_the_trail(files: World) -> None:
    billed(files)
    files.run()
    files.run()
    assert hanging(files) == {"Scan of INV-7.pdf": HASH}
    assert len(uploads(files)) == 1
    row = InvoiceFile.objects.get()
    assert (row.state, row.sha256, row.length) == (FileState.ATTACHED, HASH, len(PDF))
    entry = Entry.objects.get(action="file.attached")
    assert (entry.details["sha256"], entry.details["file"], entry.document) == (HASH, row.name, "INV-7")
    evidence = auditing.of(files.record("INV-7"))
    assert [file.sha256 for file in evidence.files] == [HASH]
    assert [line.step for line in evidence.requests] == ["create", "attach"]
    assert flags(files) == []


def test_without_the_setting_no_call_is_made_for_files(world: World) -> None:
    billed(world)
    world.run()
    assert world.record("INV-7").work == Work.DONE
    calls = [each["path"] for slug in ("xero", "procurify") for each in world.sandbox.log(slug)]
    assert not [path for path in calls if ATTACHMENTS in path or "/media/" in path]
    assert not InvoiceFile.objects.exists()


def test_a_bill_without_files_costs_no_call(files: World) -> None:
    files.invoice("INV-8", items=[ITEM])
    files.run()
    assert not [each for each in files.sandbox.log("xero") if ATTACHMENTS in each["path"]]


def test_every_request_about_files_is_one_that_the_specification_knows(files: World, api_facts: Path) -> None:
    billed(files)
    files.run()
    asked = [each for each in files.sandbox.log("xero") if ATTACHMENTS in each["path"]]
    assert [each["method"] for each in asked] == ["GET", "PUT"]
    assert [told for each in asked for told in complaints("xero", each, api_facts)] == []


def test_e2_after_a_lost_answer_the_file_is_looked_up_and_not_sent_again(files: World) -> None:
    billed(files)
    files.sandbox.faults.add("xero", "lose_answer", method="PUT", path=ATTACHMENTS)
    files.run()
    row = InvoiceFile.objects.get()
    assert row.state == FileState.DOUBT
    files.run()
    assert len(uploads(files)) == 1, "before a lost write must have ended nothing is asked or sent"
    time_passes()
    files.run()
    assert hanging(files) == {"Scan of INV-7.pdf": HASH}
    assert len(uploads(files)) == 1
    row.refresh_from_db()
    assert row.state == FileState.ATTACHED
    assert RequestLine.objects.get(step="attach").outcome == Outcome.FOUND
    assert files.record("INV-7").work == Work.DONE


def test_e2_a_write_that_never_arrived_is_a_new_attempt_after_the_look_up(files: World) -> None:
    billed(files)
    files.sandbox.faults.add("xero", "refuse", method="PUT", path=ATTACHMENTS)
    files.run()
    time_passes()
    files.run()
    assert hanging(files) == {"Scan of INV-7.pdf": HASH}
    attempts = RequestLine.objects.filter(step="attach").order_by("pk").values_list("attempt", "outcome")
    assert list(attempts) == [(1, Outcome.ABSENT), (2, Outcome.DONE)]


class Killed(BaseException):
    """As kill -9 between two lines: nothing after it runs."""


@pytest.mark.parametrize("point", ["before the write", "after the write"])
def test_e1_a_worker_killed_between_intent_and_answer_leaves_one_file(
    files: World, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    billed(files)

    def dies(*_: Any, **__: Any) -> Any:
        raise Killed

    with monkeypatch.context() as killing:
        if point == "before the write":
            from integrations.systems.xero.client import XeroClient

            killing.setattr(XeroClient, "send_file", dies)
        else:
            killing.setattr(settling, "attached", dies)
        with pytest.raises(Killed):
            files.run()
    assert InvoiceFile.objects.get().state == FileState.ATTACHING
    files.run()
    assert InvoiceFile.objects.get().state == FileState.DOUBT
    time_passes()
    files.run()
    assert hanging(files) == {"Scan of INV-7.pdf": HASH}
    assert len(uploads(files)) == 1


def test_a_file_that_is_too_large_flags_the_bill_with_both_figures_and_holds_nothing(files: World) -> None:
    billed(files, content=10_000_001)
    files.run()
    (said,) = flags(files)
    assert "10,000,001" in said
    assert "10,000,000" in said
    assert files.record("INV-7").work == Work.DONE
    assert not uploads(files)
    assert not [each for each in files.sandbox.log("procurify") if "/media/" in each["path"]], "its length was told"


def test_what_xero_refuses_is_flagged_in_its_own_words_and_tried_again_on_replay(files: World) -> None:
    billed(files)
    refusal = {"Elements": [{"ValidationErrors": [{"Message": "This type of file cannot be attached."}]}]}
    files.sandbox.faults.add("xero", "status", method="PUT", path=ATTACHMENTS, status=400, body=refusal)
    files.run()
    assert "This type of file cannot be attached." in flags(files)[0]
    files.run()
    assert len(uploads(files)) == 1
    release.replay([files.record("INV-7")], User.objects.create(username="ana"))
    files.run()
    assert hanging(files) == {"Scan of INV-7.pdf": HASH}
    assert flags(files) == []


def test_what_may_pass_is_tried_again_by_itself_and_flagged_after_five_attempts(files: World) -> None:
    billed(files)
    trouble = files.sandbox.faults.add("procurify", "status", path="/media/", status=503, times=-1)
    for _ in range(5):
        files.run()
        time_passes()
    assert len(flags(files)) == 1
    files.sandbox.faults.remove(trouble.id)
    files.run()
    assert hanging(files) == {"Scan of INV-7.pdf": HASH}
    assert flags(files) == []


def test_another_file_of_the_same_name_is_never_overwritten(files: World) -> None:
    files.integration.attach_files = False
    files.integration.save()
    billed(files)
    files.run()
    by_hand(files, "Scan of INV-7.pdf", b"what somebody attached by hand")
    files.integration.attach_files = True
    files.integration.save()
    assert waiting.include_drafts(files.integration) == 1
    files.run()
    assert len(hanging(files)) == 2
    assert hanging(files)["Scan of INV-7 (2).pdf"] == HASH


def test_the_same_file_that_somebody_attached_already_is_left_as_it_is(files: World) -> None:
    files.integration.attach_files = False
    files.integration.save()
    billed(files)
    files.run()
    by_hand(files, "Scan of INV-7.pdf", PDF)
    files.integration.attach_files = True
    files.integration.save()
    waiting.include_drafts(files.integration)
    files.run()
    assert len(uploads(files)) == 1
    assert InvoiceFile.objects.get().state == FileState.ATTACHED


def by_hand(world: World, name: str, content: bytes) -> None:
    import time
    import uuid

    from integrations.engine import clients

    with clients.target_client(world.integration.target) as target:
        prepared = target.prepare_file(world.bill("INV-7")["InvoiceID"], name, content)
        target.send_file(prepared, key=uuid.uuid4().hex, sent_by=time.monotonic() + 10)


def test_storage_elsewhere_is_never_asked_unless_the_operator_named_it(files: World) -> None:
    files.sandbox.procurify.turn(files_in_storage=True)
    billed(files)
    files.run()
    assert "PROCURIFY_FILES_URL" in flags(files)[0]
    assert not [each for each in files.sandbox.log("procurify") if "/storage/" in each["path"]]
    assert files.record("INV-7").work == Work.DONE


def test_storage_that_the_operator_named_is_asked_without_our_token(files: World) -> None:
    files.sandbox.procurify.turn(files_in_storage=True)
    billed(files)
    hosts = dict(portal_settings.SYSTEM_HOSTS)
    hosts["procurify"] = {**hosts["procurify"], "files": f"{files.sandbox.url('procurify')}/storage"}
    with override_settings(SYSTEM_HOSTS=hosts):
        files.run()
    (asked,) = [each for each in files.sandbox.log("procurify") if "/storage/" in each["path"]]
    assert "authorization" not in asked["headers"]
    assert hanging(files) == {"Scan of INV-7.pdf": HASH}


def test_bytes_that_are_not_the_file_procurify_names_are_not_attached(files: World) -> None:
    billed(files)
    files.sandbox.faults.add("procurify", "html", path="/media/", times=-1)
    files.run()
    assert not uploads(files)
    assert InvoiceFile.objects.get().state == FileState.WAITING
    assert files.record("INV-7").work == Work.DONE


def test_in_trial_mode_nothing_is_attached(files: World) -> None:
    files.integration.trial = True
    files.integration.save()
    billed(files)
    files.run()
    assert not [each for each in files.sandbox.log("xero") if ATTACHMENTS in each["path"]]


def test_limits_are_said_with_both_figures() -> None:
    said = attaching._too_much(20, 10, 100, 10, "Xero")
    assert said == "the bill holds 10 files, and Xero takes at most 10."
    assert attaching._too_much(0, 0, 100, 10, "Xero") == "it is empty."


def test_a_flag_that_a_person_closed_stays_closed_while_nothing_new_fails(files: World) -> None:
    billed(files, content=10_000_001)
    files.run()
    Flag.objects.update(closed_at=timezone.now())
    files.run()
    assert flags(files) == []


def test_a42_an_attached_file_is_no_drift(files: World) -> None:
    billed(files)
    files.run()
    files.run()
    assert not files.record("INV-7").flags.exists()


def test_a_file_taken_off_at_the_source_before_it_was_attached_is_left_out(files: World) -> None:
    billed(files)
    files.sandbox.faults.add("procurify", "status", path="/media/", status=503)
    files.run()
    files.sandbox.procurify.detach_file(DOMAIN, "INV-7", "Scan of INV-7.pdf")
    time_passes()
    files.run()
    assert InvoiceFile.objects.get().state == FileState.GONE
    assert flags(files) == []
    assert not uploads(files)
