"""A company after some years: a million records with their traces, five audit entries each. On PostgreSQL only."""

import json
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group, User
from django.db import connection

from audit.models import Entry, EntryDetails
from integrations.models import (
    Decision,
    Exchange,
    Flag,
    Gap,
    Integration,
    Note,
    OrderLine,
    Posting,
    Record,
    Request,
    RequestLine,
    Run,
    SourceDocument,
    Tally,
    UsedRow,
)
from mappings.models import ReferenceEntry, VendorLink
from portal import roles
from tests.benchmarks.pages.filling import fill, literal, one_of
from tests.engine.rows import an_integration

SAMPLE = Path(__file__).resolve().parents[2] / "systems" / "procurify" / "samples" / "purchase_order_detail.json"
VENDORS = 5_000
PEOPLE = {"anna": "Accounting staff", "sue": "Supervisor", "ivan": "Integration administrator", "aude": "Auditor",
          "otto": "Operator", "limited": "Accounting staff"}  # fmt: skip
LONG_STORY = 2_000
WORKS = {"done": 950, "held": 5, "waiting": 5, "approval": 1, "excluded-rule": 10, "excluded-person": 9,
         "withdrawn": 10, "before-start": 10}  # fmt: skip
REASONS = {"missing-mapping": 550, "missing-vendor": 200, "rejected-by-target": 150, "possible-duplicate": 100}
STANDINGS = {"draft": 60, "ledger": 930, "removed": 10}
CURRENCIES = {"USD": 800, "EUR": 150, "CAD": 50}
ACTIONS = ("document.read", "document.changed", "bill.intended", "bill.created", "bill.seen")
FULL_EVERY = 100
DAYS = 1_000


def fill_database(records: int) -> dict[str, int]:
    """Make everything; what a measurement needs to know to find its way about."""
    first, *others = (an_integration(name) for name in ("Harbor Mills", "Harbor Mills Canada", "Contractor"))
    _people(others[-1])
    with connection.cursor() as cursor:
        # Foreign keys are kept by how the rows are made; checking them a million times each is not what is measured.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("SET synchronous_commit = off")
    integrations = [first, *others]
    _documents(records, integrations)
    _postings(records, integrations)
    _traces(records, integrations)
    _vendors(first)
    entries = _entries(records)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM (ANALYZE)")  # as PostgreSQL does by itself, long before a company has as many rows
    return {"records": Record.objects.count(), "entries": entries, "long_story": records // 2}


def _people(narrow: Integration) -> None:
    roles.establish()
    for name, role in PEOPLE.items():
        someone = User.objects.create_user(name, is_staff=True)
        someone.groups.add(Group.objects.get(name=role))
        if name == "limited":
            narrow.limited_to.add(someone)


def _rows(count: int) -> str:
    return f"generate_series(1, {count}) AS g"


def _which(integrations: list[Integration], attribute: str) -> str:
    """80 in a hundred are the first integration's, 15 the second's."""
    first, second, third = (getattr(each, attribute) for each in integrations)
    return f"CASE WHEN g % 20 < 16 THEN {first} WHEN g % 20 < 19 THEN {second} ELSE {third} END"


NUMBER = "'PO-' || lpad(g::text, 7, '0')"
VENDOR_OF = f"((g::bigint * 31) % {VENDORS})"
VENDOR = f"'Vendor ' || lpad({VENDOR_OF}::text, 4, '0') || ' Supply'"
AMOUNT = "((g::bigint * 7919) % 900000 + 1000) / 100.0"


def _at(count: int) -> str:
    """From three years ago until now, in the order of the rows."""
    return f"now() - make_interval(secs => ({count} - g) * ({DAYS} * 86400.0 / {count}))"


def _documents(count: int, integrations: list[Integration]) -> None:
    at, work = _at(count), one_of(WORKS)
    fill(
        SourceDocument,
        {
            "id": "g", "connection_id": _which(integrations, "source_id"), "feed": "'purchase-orders'",
            "source_id": "g::text", "number": NUMBER, "version": "'2'", "modified_at": at,
            "summary": f"'{{\"procurify_PO\":' || g || ',\"number\":\"' || {NUMBER} || '\"}}'",
            "summary_fingerprint": "md5(g::text) || md5(g::text)", "detail_due": "false",
            "detail": f"CASE WHEN g % {FULL_EVERY} = 0 THEN {_detail()} ELSE '{{}}' END",
            "detail_fingerprint": "md5(g::text) || md5(g::text)", "first_read_at": at,
        },
        _rows(count),
    )  # fmt: skip
    fill(
        Record,
        {
            "id": "g", "integration_id": _which(integrations, "id"), "flow": "'purchase-orders'", "document_id": "g",
            "work": work, "number": NUMBER, "vendor_name": VENDOR, "currency": one_of(CURRENCIES), "amount": AMOUNT,
            "document_date": f"({at})::date", "content_version": "md5(g::text) || md5(g::text)",
            "hold_reason": f"CASE WHEN {work} = 'held' THEN {one_of(REASONS, 'g / 1000')} "
                           f"WHEN {work} = 'approval' THEN 'awaiting-approval' ELSE '' END",
            "explanation": f"CASE WHEN {work} = 'held' THEN 'Account code 6400 has no account.' ELSE '' END",
            "changed_at": at,
        },
        _rows(count),
    )  # fmt: skip
    read = (
        "(SELECT integration_id, flow, currency, count(*), sum(amount) FROM integrations_record GROUP BY 1, 2, 3) AS r"
    )
    names = ("integration_id", "flow", "currency", "count", "amount")
    fill(Tally, {name: f"r.{'sum' if name == 'amount' else name}" for name in names}, read)


def _detail() -> str:
    whole = json.loads(SAMPLE.read_text())
    text = json.dumps(whole.get("data", whole), separators=(",", ":"))
    return f"replace({literal(text)}, 'PF1041', {NUMBER})"


def _postings(count: int, integrations: list[Integration]) -> None:
    at, done = _at(count), f"{_rows(count)} WHERE {one_of(WORKS)} = 'done'"
    batches = f"generate_series(1, {count // 50 + 1}) AS g"
    fill(
        Run,
        {
            "id": "g", "integration_id": _which(integrations, "id"), "started_at": _at(count // 50 + 1),
            "finished_at": _at(count // 50 + 1), "read": "50", "posted": "50",
        },
        batches,
    )  # fmt: skip
    fill(
        Request,
        {
            "id": "g", "connection_id": _which(integrations, "target_id"), "run_id": "g", "method": "'PUT'",
            "template": "'/api.xro/2.0/Invoices'", "body_hash": "md5(g::text)", "key": "md5(g::text)",
            "intended_at": _at(count // 50 + 1), "settles_at": _at(count // 50 + 1), "outcome": "'done'",
        },
        batches,
    )  # fmt: skip
    fill(
        Posting,
        {
            "id": "g", "record_id": "g", "connection_id": _which(integrations, "target_id"), "kind": "'bill'",
            "reference": "'o1-' || g", "target_id": "md5(g::text)", "target_version": "'1'",
            "standing": one_of(STANDINGS, "g / 1000"), "status_word": "'AUTHORISED'", "number": NUMBER,
            "currency": one_of(CURRENCIES), "source_total": AMOUNT, "target_total": AMOUNT,
            "document_date": f"({at})::date", "posted_at": at, "run_id": "g / 50 + 1",
        },
        done,
    )  # fmt: skip
    fill(
        RequestLine,
        {
            "id": "g", "request_id": "g / 50 + 1", "posting_id": "g", "step": "'create'", "attempt": "1",
            "content_version": "md5(g::text)", "outcome": "'done'", "expected_total": AMOUNT,
        },
        done,
    )  # fmt: skip
    fill(UsedRow, {"posting_id": "g", "table": "'account'", "row": "g % 500", "version": "1"}, done)
    fill(
        OrderLine,
        {"record_id": "g", "item": "'i' || g", "position": "0", "ordered": AMOUNT, "drafted": AMOUNT},
        done,
    )


def _traces(count: int, integrations: list[Integration]) -> None:
    at, held = _at(count), f"{_rows(count)} WHERE {one_of(WORKS)} = 'held'"
    fill(
        Gap,
        {
            "record_id": "g", "table": "'account'", "key": "'[\"64' || (g / 100) % 400 || '\",\"\",\"\",\"\"]'",
            "label": "'Account code 64' || (g / 100) % 400 || ' has no account'", "opened_at": at,
        },
        held,
    )  # fmt: skip
    fill(
        Flag,
        {"record_id": "g", "kind": "'total-differs'", "explanation": "'One cent.'", "opened_at": at},
        f"generate_series(1, {count}, 200) AS g",
    )
    anna = User.objects.get(username="anna").pk
    fill(Note, {"record_id": "g", "author_id": str(anna), "text": "'Asked the buyer.'", "written_at": at},
         f"generate_series({FULL_EVERY}, {count}, {FULL_EVERY}) AS g")  # fmt: skip
    fill(
        Exchange,
        {
            "connection_id": _which(integrations, "source_id"), "method": "'GET'", "milliseconds": "120",
            "template": "'/api/v2/purchase_orders/{id}/'", "status": "200", "error": "''", "correlation_id": "g::text",
            "started_at": "now() - make_interval(secs => g)",
        },
        _rows(count // 5),
    )  # fmt: skip
    sue = User.objects.get(username="sue").pk
    fill(
        Decision,
        {
            "kind": "'awaiting-approval'", "subject_kind": "'record'", "subject_id": "(g * 40)::text",
            "integration_id": _which(integrations, "id"), "label": "'Order PO-' || g", "content_hash": "md5(g::text)",
            "asked_by_id": str(anna), "asked_at": at, "decided_at": at, "approved": "true",
            "decided_by_id": str(sue), "reason": "'As ordered.'", "amount": AMOUNT, "currency": "'USD'",
        },
        _rows(count // 50),
    )  # fmt: skip


def _vendors(integration: Integration) -> None:
    scope = integration.scope
    for kind, books in (("vendor", scope.source_books_id), ("contact", scope.target_books_id)):
        base = 0 if kind == "vendor" else VENDORS
        fill(
            ReferenceEntry,
            {
                "id": f"{base} + g", "books_id": str(books), "kind": f"'{kind}'", "key": "g::text", "code": "g::text",
                "name": VENDOR, "folded": f"lower({VENDOR})", "seen_at": "now()",
            },
            _rows(VENDORS),
        )  # fmt: skip
    fill(
        VendorLink,
        {
            "id": "g", "scope_id": str(scope.pk), "source_key": "g::text", "target_id": f"{VENDORS} + g",
            "evidence": "'same e-mail'", "state": "'confirmed'",
        },
        _rows(VENDORS * 9 // 10),
    )  # fmt: skip


def _entries(count: int) -> int:
    """Told record after record, as they happened; one record has a story of thousands."""
    whole, there = count * len(ACTIONS), Entry.objects.count()
    record = f"((g - 1) / {len(ACTIONS)} + 1)"
    action = " ".join(f"WHEN {n} THEN '{name}'" for n, name in enumerate(ACTIONS))
    facts: dict[str, Any] = {
        "amount": "1250.50", "attempt": 1, "before": "draft", "currency": "USD", "number": "INV-1", "place": "waiting",
        "request": 1, "source": "Procurify", "standing": "in the ledger", "step": "create", "target": "Xero",
        "total": "1250.50", "vendor": "Northgate Safety Supply", "version": "2",
    }  # fmt: skip
    details = literal(json.dumps(facts, sort_keys=True, separators=(",", ":")))
    number = f"'PO-' || lpad({record}::text, 7, '0')"
    columns = {
        "id": f"{there} + g", "at": f"now() - make_interval(secs => ({whole} - g) * ({DAYS} * 86400.0 / {whole}))",
        "action": f"CASE (g - 1) % {len(ACTIONS)} {action} END", "actor_label": "'Counterfoil'",
        "subject_kind": "'record'", "subject_id": f"{record}::text", "subject_label": f"'Order ' || {number}",
        "document": number, "details_digest": f"encode(sha256(convert_to({details}, 'UTF8')), 'hex')",
    }  # fmt: skip
    written = fill(Entry, columns, _rows(whole))
    written += fill(
        Entry,
        {
            **columns, "id": f"{there + whole} + g", "at": "now()", "action": "'document.changed'",
            "subject_id": f"'{count // 2}'", "subject_label": "'Order long'",
            "document": f"'PO-' || lpad('{count // 2}', 7, '0')",
        },
        _rows(LONG_STORY),
    )  # fmt: skip
    fill(EntryDetails, {"entry_id": f"{there} + g", "details": details}, _rows(written))
    return written
