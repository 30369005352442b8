"""What is written in bulk is what Django would have written row by row, on both databases."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

import pytest
from django.db import DataError, IntegrityError, models
from django.db.models import Model

from integrations.engine import bulk
from integrations.models import Connection, Flag, Posting, Record, SourceDocument, UsedRow, Work
from tests.engine.rows import a_record, an_integration

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
AWKWARD = 'Müller & Söhne "7%", \\u0000 is no NUL, 株式会社 \U0001f9fe, {"a": [1]} %s \t\n'


def a_document(**more: Any) -> SourceDocument:
    connection = more.pop("connection", None) or an_integration().source
    return SourceDocument(connection=connection, feed="orders", source_id="1", **more)


def stored(row: Model) -> dict[str, Any]:
    """Its columns as the database has them, the key left out."""
    (values,) = type(row)._default_manager.filter(pk=row.pk).values()
    return {name: value for name, value in values.items() if name != "id"}


def test_a_row_inserted_in_bulk_reads_like_one_that_was_saved() -> None:
    facts: dict[str, Any] = {
        "number": AWKWARD,
        "summary": AWKWARD * 500,
        "modified_at": NOON.astimezone(timezone(timedelta(hours=-5))),
        "detail_read_at": None,
        "detail_due": False,
        "detail_failures": 3,
    }
    one = a_document(**facts)
    other = SourceDocument(connection=one.connection, feed=one.feed, source_id="2", **facts)
    one.save()
    bulk.insert([other])
    differing = {"source_id", "first_read_at"}
    assert {name: value for name, value in stored(one).items() if name not in differing} == {
        name: value for name, value in stored(other).items() if name not in differing
    }
    assert other.first_read_at is not None
    assert stored(other)["first_read_at"] == other.first_read_at


def test_amounts_and_days_are_written_to_the_last_digit() -> None:
    record = a_record(an_integration(), "PO-1")
    posting = Posting(
        record=record,
        connection=record.integration.target,
        kind="bill",
        reference="o1-1",
        source_total=Decimal("-12345678901.2345"),
        target_total=Decimal("7E+2"),
        document_date=date(2026, 2, 28),
        posted_at=NOON,
    )
    bulk.insert([posting])
    read = Posting.objects.get()
    assert (read.source_total, read.target_total) == (Decimal("-12345678901.2345"), Decimal(700))
    assert (read.document_date, read.posted_at) == (date(2026, 2, 28), NOON)
    # Comparisons in the database go by number, not by text.
    assert Posting.objects.filter(target_total__lt=Decimal(1000), source_total__lt=0).exists()


def test_what_does_not_fit_its_column_is_refused() -> None:
    integration = an_integration()
    record = a_record(integration, "PO-1")
    record.amount = Decimal(10) ** 21
    with pytest.raises(InvalidOperation):
        bulk.save([record], ["amount"])
    with pytest.raises(TypeError, match="time zone"):
        bulk.insert([a_document(connection=integration.source, modified_at=NOON.replace(tzinfo=None))])


@pytest.mark.postgres
def test_a_text_that_is_too_long_is_refused_and_not_cut() -> None:
    with pytest.raises(DataError):
        bulk.insert([a_document(number="9" * 256)])


def test_new_rows_learn_their_keys_in_their_order() -> None:
    integration = an_integration()
    rows = [
        SourceDocument(connection=integration.source, feed="purchase-orders", source_id=str(number))
        for number in range(2500)
    ]
    bulk.insert(rows)
    assert {row.source_id: row.pk for row in rows} == dict(SourceDocument.objects.values_list("source_id", "pk"))
    assert [row.pk for row in rows] == sorted(row.pk for row in rows)


@pytest.mark.parametrize("save", [bulk.save, bulk.save_long])
def test_only_the_named_fields_of_existing_rows_are_saved(save: Any) -> None:
    integration = an_integration()
    records = [a_record(integration, f"PO-{number}") for number in range(3)]
    for record, work in zip(records, (Work.DONE, Work.HELD, Work.WAITING), strict=True):
        record.work, record.explanation, record.number = work, AWKWARD, "must not be saved"
        record.not_before = NOON if work == Work.HELD else None
    gone = a_record(integration, "PO-gone")
    Record.objects.filter(pk=gone.pk).delete()
    save([*reversed(records), gone], ["work", "explanation", "not_before"])
    read = list(Record.objects.order_by("pk").values_list("work", "explanation", "not_before", "number"))
    assert read == [
        ("done", AWKWARD, None, "PO-0"),
        ("held", AWKWARD, NOON, "PO-1"),
        ("waiting", AWKWARD, None, "PO-2"),
    ]


def test_a_second_row_of_one_key_is_an_error_or_left_out_or_saved_over() -> None:
    record = a_record(an_integration(), "PO-1")
    posting = Posting(record=record, connection=record.integration.target, kind="bill", reference="o1-1")
    bulk.insert([posting])
    details = {"total": ["12.50", None], "words": AWKWARD}
    flags = [
        Flag(record=record, kind="late", explanation=text, details=details, opened_at=NOON) for text in ("one", "two")
    ]
    bulk.insert_unless_there(flags[:1])
    bulk.insert_unless_there(flags)
    assert [(flag.explanation, flag.details) for flag in Flag.objects.all()] == [("one", details)]
    for version in (1, 2):
        rows = [(posting.pk, table, 7, version) for table in ("account", "tax")]
        used = ("posting", "table", "row", "version")
        bulk.insert_or_save(UsedRow, used, rows[:version], fields=["version"], unique=["posting", "table", "row"])
    assert set(UsedRow.objects.values_list("table", "version")) == {("account", 2), ("tax", 2)}
    with pytest.raises(IntegrityError):
        bulk.insert([posting])


def test_e17_rows_with_encrypted_fields_are_refused() -> None:
    connection = an_integration().source
    for write in (
        lambda: bulk.save([connection], ["label"]),
        lambda: bulk.save_long([connection], ["label"]),
        lambda: bulk.insert([connection]),
        lambda: bulk.insert_unless_there([connection]),
        lambda: bulk.insert_or_save(Connection, ["label"], [["label"]], fields=["label"], unique=["id"]),
    ):
        with pytest.raises(TypeError, match="encrypted"):
            write()
    assert Connection.objects.count() == 2


def test_a_kind_of_field_that_json_would_change_is_refused() -> None:
    class Weighing(models.Model):
        weight = models.FloatField()

        class Meta:
            app_label = "weighing"

    with pytest.raises(TypeError, match=r"Weighing\.weight"):
        bulk.insert([Weighing(weight=0.1)])


def test_nothing_costs_no_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        bulk.save([], ["id"])
        bulk.save_long([], ["id"])
        bulk.insert([])
        bulk.insert_unless_there([])
        bulk.insert_or_save(UsedRow, ["row"], [], fields=["row"], unique=["row"])
        bulk.claim([], "id")


@pytest.mark.parametrize("count", [1, 1000])
def test_any_number_of_rows_takes_one_statement_with_one_parameter(count: int, django_assert_num_queries: Any) -> None:
    integration = an_integration()
    rows = [SourceDocument(connection=integration.source, feed="x", source_id=str(number)) for number in range(count)]
    with django_assert_num_queries(2):
        bulk.insert(rows)
        bulk.save(rows, ["feed", "detail"])


def test_of_rows_that_others_may_have_those_that_were_free_are_told_with_their_keys() -> None:
    integration = an_integration()
    records = [a_record(integration, f"PO-{number}") for number in range(3)]

    def rows() -> list[Posting]:
        return [
            Posting(record=record, connection=integration.target, kind="bill", reference=f"o1-{record.number}")
            for record in records
        ]

    (first,) = bulk.claim(rows()[1:2], "reference")
    mine = bulk.claim(rows(), "reference")
    assert [row.record for row in mine] == [records[0], records[2]]
    assert dict(Posting.objects.values_list("reference", "pk")) == {row.reference: row.pk for row in (first, *mine)}
