"""What an operator types."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from audit.models import Entry, Seal
from audit.trail import Subject, log
from tests.audit.conftest import Tamper

ORDER = Subject("record", 7, "Order PF1041", "PF1041")
pytestmark = pytest.mark.django_db


def said(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_audit_seal_prints_the_digest() -> None:
    log("record.held", ORDER)
    assert Seal.objects.count() == 0
    text = said("audit_seal")
    assert Seal.objects.get().digest in text
    assert "Nothing was sealed" in said("audit_seal")


def test_audit_verify_ends_well_on_a_whole_trail() -> None:
    log("record.held", ORDER)
    said("audit_seal")
    assert "Checked 1 entry under 1 seal: nothing was altered." in said("audit_verify")


def test_audit_verify_ends_with_status_1_and_names_the_entry(tamper: Tamper) -> None:
    entry = log("record.held", ORDER)
    said("audit_seal")
    tamper("UPDATE audit_entry SET document = 'PF9'")
    errors = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("audit_verify", stdout=io.StringIO(), stderr=errors)
    assert ended.value.code == 1
    assert f"Entry {entry.pk} (record.held) was altered after it was sealed." in errors.getvalue()
    assert "Compare it with your last backup" in errors.getvalue()


def test_audit_verify_compares_with_a_digest_from_elsewhere() -> None:
    log("record.held", ORDER)
    said("audit_seal")
    assert said("audit_verify", "--expect", Seal.objects.get().digest)
    errors = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("audit_verify", "--expect", "0" * 64, stdout=io.StringIO(), stderr=errors)
    assert "cut off" in errors.getvalue()


def test_audit_export_writes_lines_and_leaves_an_entry() -> None:
    log("record.held", ORDER)
    first, second = map(json.loads, said("audit_export", "--format", "jsonl").splitlines())
    assert first["document"] == "PF1041"
    assert second["sentence"] == "exported the audit trail as jsonl, all of it"


def test_audit_export_writes_to_a_file_and_keeps_to_the_days(tmp_path: Path) -> None:
    log("record.held", ORDER)
    target = tmp_path / "trail.csv"
    said("audit_export", "--to", "2020-01-01", "--output", str(target))
    assert target.read_text(encoding="utf-8").count("\n") == 1
    assert Entry.objects.latest("id").details["span"] == "until 2020-01-01"


def test_audit_erase_details_says_how_many() -> None:
    log("user.signed_in", Subject("user", 1, "anna"), details={"address": "192.0.2.1"})
    assert "Erased the details of 0 entries." in said("audit_erase_details", "--before", "2020-01-01")
    with pytest.raises(CommandError, match="in the past"):
        said("audit_erase_details", "--before", "2999-01-01")
