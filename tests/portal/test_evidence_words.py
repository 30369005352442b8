"""The auditor's page calls table rows what they were called when something was posted with them (A39, A105)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from audit import seals
from audit.trail import log_many
from integrations.engine import trail
from integrations.models import Integration, Record, UsedRow
from integrations.reconciliation import auditing
from mappings.authors import TABLES
from mappings.models import ReferenceEntry
from mappings.versions import Past
from tests.engine.rows import an_integration
from tests.portal import evidenced
from tests.portal.conftest import person
from tests.portal.consents import text

pytestmark = pytest.mark.django_db
CHANGED: dict[str, dict[str, Any]] = {
    "account": {"source_code": "99", "department": ""},
    "tracking": {"source_key": "99"},
    "tax": {"taxes": "VAT 99%"},
    "extra-cost": {"name": "Handling"},
    "vendor": {"source_key": "99"},
    "project": {"source_key": "99"},
    "cost-code": {"source_code": "99"},
    "budget-line": {"source_key": "99"},
}


LEDGER_AND_PROJECT = (
    {"account", "tracking", "tax", "extra-cost", "vendor"}, {"project", "cost-code", "budget-line", "vendor"}
)  # fmt: skip


@pytest.fixture
def auditor(db: None) -> User:
    return person("aude", "Auditor")


@pytest.fixture(params=[("procurify-xero", evidenced.a_bill), ("xero-procore", evidenced.a_requisition)])
def record(request: pytest.FixtureRequest, auditor: User) -> Record:
    pair, posted = request.param
    written: Callable[[Integration, User], Record] = posted
    return written(an_integration("Harbor Mills", pair=pair), auditor)


def by_themselves(record: Record) -> list[Past]:
    """Row after row, as each one's history says it."""
    used = UsedRow.objects.filter(posting__record=record).order_by("table", "row", "version")
    return [Past(each.table, each.row, each.version, _then(each)) for each in used]


def _then(used: UsedRow) -> str:
    return str(TABLES[used.table].history.filter(id=used.row, version=used.version)[0].instance)


def change(used: UsedRow | Past) -> None:
    row = TABLES[used.table]._default_manager.get(pk=used.row)
    for name, value in CHANGED[used.table].items():
        setattr(row, name, value)
    row.save()


def test_rows_are_called_what_they_were_called_then_though_changed_or_deleted(record: Record) -> None:
    first = by_themselves(record)
    assert {each.table for each in first} in LEDGER_AND_PROJECT
    for place, each in enumerate(first):
        if place % evidenced.EACH == 1:
            change(each)
        if place % evidenced.EACH == 2:
            TABLES[each.table]._default_manager.get(pk=each.row).delete()
    assert list(auditing.of(record).rows) == first == by_themselves(record)


def test_rows_are_called_by_what_is_left_of_their_names(record: Record) -> None:
    """An archived target keeps its name; what no list of the source names any more is called by its key."""
    entries = ReferenceEntry.objects.filter(books=record.integration.scope.source_books)
    entries.filter(key="1").update(name="")
    entries.filter(key="2").delete()
    ReferenceEntry.objects.filter(books=record.integration.scope.target_books).update(active=False)
    assert list(auditing.of(record).rows) == by_themselves(record)


def test_a_row_that_two_versions_were_used_of_is_called_what_it_was_called_in_each(record: Record) -> None:
    used = UsedRow.objects.filter(posting__record=record, table="vendor").order_by("row")[0]
    change(used)
    again = used.posting
    again.pk, again.kind, again.reference = None, "another", "another"
    again.save()
    UsedRow.objects.create(posting=again, table="vendor", row=used.row, version=2)
    kept = auditing.of(record).rows
    assert list(kept) == by_themselves(record)
    assert {each.words for each in kept if each.row == used.row and each.table == "vendor"} == {
        "The vendor 0 = The contact 0",
        "99 = The contact 0",
    }


def test_a_row_that_no_table_knows_is_named_by_its_number(record: Record) -> None:
    used = UsedRow.objects.filter(posting__record=record)
    kept = Past("forgotten", 17, 1, "row 17")
    UsedRow.objects.create(posting=used[0].posting, table=kept.table, row=kept.row, version=kept.version)
    assert kept in auditing.of(record).rows


def test_each_entry_of_the_trail_names_the_seal_that_covers_it(record: Record) -> None:
    sealed = [seals.seal()]
    log_many([trail.event("record.held", record, reason="missing mapping", explanation="None.")])
    sealed.append(seals.seal())
    log_many([trail.event("record.held", record, reason="missing mapping", explanation="None.")])
    *earlier, last_but_one, last = auditing.of(record).trail
    assert {told.seal for told in earlier} == {sealed[0].pk if sealed[0] else None}
    assert (last_but_one.seal, last.seal) == (sealed[1].pk if sealed[1] else None, None)


def test_what_was_written_last_is_told_however_much_happened_since(
    record: Record, client: Client, auditor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "MOST_ENTRIES", 1)
    log_many([trail.event("record.held", record, reason="missing mapping", explanation="None.")] * 3)
    kept = auditing.of(record)
    assert len(kept.trail) == 1
    assert kept.writes
    client.force_login(auditor)
    assert "Hex bolts" in text(client.get(f"/evidence/{record.pk}/"))
