"""Tables leave and enter as files: what a preview shows is done whole or not at all (E24, design 6 and 14)."""

import csv
import io
import weakref
import zipfile
from collections.abc import Iterator
from datetime import timedelta

import openpyxl
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from mappings import keys
from mappings.keys import LookupKey
from mappings.models import (
    AccountRow,
    Books,
    ExtraCostRow,
    RequiredDimension,
    Scope,
    TaxRow,
    TrackingRow,
    UploadedImport,
    VendorLink,
)
from mappings.spreadsheets import files, uploads
from mappings.spreadsheets.cells import harmless, text_of
from mappings.spreadsheets.resources import (
    AccountResource,
    ExtraCostResource,
    RequiredDimensionResource,
    TableResource,
    TaxResource,
    TrackingResource,
    VendorLinkResource,
)
from tests.mappings.company import Company, person

pytestmark = pytest.mark.django_db

HEADER = "set of tables,account code,department,target account,special treatment\n"
Told = list[tuple[str, list[LookupKey]]]


@pytest.fixture
def ada() -> User:
    return person("ada", superuser=True)


def accounts_csv(*lines: str) -> bytes:
    return (HEADER + "".join(f"{line}\n" for line in lines)).encode()


def imported(content: bytes, user: User, resource: type[TableResource] = AccountResource) -> uploads.Plan:
    plan, upload = uploads.preview(resource, content, "rows.csv", user)
    assert upload is not None, plan.errors
    return uploads.commit(resource, str(upload.token), user)


def errors(content: bytes, user: User, resource: type[TableResource] = AccountResource) -> list[tuple[int, str, str]]:
    plan, upload = uploads.preview(resource, content, "rows.csv", user)
    assert upload is None
    return [(error.row, error.column, error.why) for error in plan.errors]


def test_a_preview_says_what_it_would_do_and_does_nothing(company: Company, ada: User, told: Told) -> None:
    AccountRow.objects.create(scope=company.scope, source_code="6100", target=company.account("310"))
    entries, history = Entry.objects.count(), AccountRow.history.count()
    told.clear()
    content = accounts_csv(
        "Harbor Mills,6100,,429,", "Harbor Mills,6200,Plant North / Production,425,", ",6300,,,tax account"
    )
    plan, upload = uploads.preview(AccountResource, content, "rows.csv", ada)
    assert [(row.row, row.verb) for row in plan.rows] == [(2, "update"), (3, "new"), (4, "new")]
    assert (plan.rows[0].before["account"], plan.rows[0].after["account"]) == (
        "310 Cost of Goods Sold", "429 General Expenses",
    )  # fmt: skip
    assert upload is not None
    assert AccountRow.objects.get().target == company.account("310")
    assert (Entry.objects.count(), AccountRow.history.count(), told) == (entries, history, [])


def test_confirming_does_all_of_it_with_one_signal_and_an_entry_each(company: Company, ada: User, told: Told) -> None:
    plan = imported(accounts_csv("Harbor Mills,6100,,310,", "Harbor Mills,6200,Plant North / Production,425,"), ada)
    assert (plan.count("new"), plan.released) == (2, 2)
    assert set(AccountRow.objects.values_list("source_code", "department")) == {("6100", ""), ("6200", "14")}
    assert told == [("Harbor Mills", [keys.account_key("6100"), keys.account_key("6200", "14")])]
    assert Entry.objects.filter(action="mapping.added", actor=ada).count() == 2
    assert Entry.objects.get(action="mapping.imported").details["added"] == 2
    assert not UploadedImport.objects.exists()


def test_one_bad_row_changes_nothing_and_is_named(company: Company, ada: User) -> None:
    found = errors(
        accounts_csv(
            "Harbor Mills,6100,,310,",
            "Harbor Mills,6200,,999,",
            "Harbor Mills,6300,Nowhere,090,",
            "Elsewhere,6400,,310,",
            "Harbor Mills,6100,,429,",
            "Harbor Mills,,,310,",
            "Harbor Mills,6500,,090,",
            "Harbor Mills,6600,,,",
            "Harbor Mills,6700,,310,gift",
        ),
        ada,
    )
    assert found == [
        (3, "target account", "There is no account “999” in Harbor Mills Xero."),
        (4, "department", "There is no department “Nowhere” in Harbor Mills Procurify."),
        (5, "set of tables", "There is no set of tables “Elsewhere”."),
        (6, "", "This is the same key as in row 2."),
        (7, "account code", "The cell is empty."),
        (8, "target account", "“090 Business Bank Account” is a bank account, which no line of a bill may use."),
        (9, "target account", "Choose the account, or a special treatment that needs none."),
        (
            10,
            "special treatment",
            "“gift” is none of: tax account, prepayment.",
        ),
    ]
    assert not AccountRow.objects.exists()
    assert not UploadedImport.objects.exists()


def test_a_name_beside_the_code_has_to_be_its_name(company: Company, ada: User) -> None:
    content = b"account code,target account,target account name\n6100,310,General Expenses\n"
    assert errors(content, ada)[0][2] == (
        "310 is called “Cost of Goods Sold” in Harbor Mills Xero, not “General Expenses”."
    )


def test_e24_confirming_refuses_when_the_table_changed_meanwhile(company: Company, ada: User) -> None:
    _, upload = uploads.preview(AccountResource, accounts_csv("Harbor Mills,6100,,310,"), "rows.csv", ada)
    assert upload is not None
    AccountRow.objects.create(scope=company.scope, source_code="6999", target=company.account("310"))
    with pytest.raises(uploads.RefusedImportError, match="table changed since the preview"):
        uploads.commit(AccountResource, str(upload.token), ada)
    assert AccountRow.objects.count() == 1


def test_confirming_refuses_a_row_that_no_longer_passes(company: Company, ada: User) -> None:
    _, upload = uploads.preview(
        AccountResource, accounts_csv("Harbor Mills,6200,,429,", "Harbor Mills,6100,,310,"), "rows.csv", ada
    )
    assert upload is not None
    account = company.account("310")
    account.active = False
    account.save()
    with pytest.raises(uploads.RefusedImportError, match="Row 3 no longer passes"):
        uploads.commit(AccountResource, str(upload.token), ada)
    assert not AccountRow.objects.exists()
    assert not Entry.objects.filter(action="mapping.added").exists()


def test_e24_an_upload_is_confirmed_by_its_owner_once_and_within_the_hour(company: Company, ada: User) -> None:
    content = accounts_csv("Harbor Mills,6100,,310,")
    _, upload = uploads.preview(AccountResource, content, "rows.csv", ada)
    assert upload is not None
    with pytest.raises(uploads.RefusedImportError, match="no longer here"):
        uploads.commit(AccountResource, str(upload.token), person("eve", superuser=True))
    with pytest.raises(uploads.RefusedImportError, match="no longer here"):
        uploads.commit(TaxResource, str(upload.token), ada)
    with pytest.raises(uploads.RefusedImportError, match="no longer here"):
        uploads.commit(AccountResource, "not-a-token", ada)
    UploadedImport.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(uploads.RefusedImportError, match="more than an hour"):
        uploads.commit(AccountResource, str(upload.token), ada)
    _, upload = uploads.preview(AccountResource, content, "rows.csv", ada)
    assert upload is not None
    assert UploadedImport.objects.count() == 1
    uploads.commit(AccountResource, str(upload.token), ada)
    with pytest.raises(uploads.RefusedImportError, match="no longer here"):
        uploads.commit(AccountResource, str(upload.token), ada)


def test_e24_a_stored_file_that_was_altered_is_refused(company: Company, ada: User) -> None:
    _, upload = uploads.preview(AccountResource, accounts_csv("Harbor Mills,6100,,310,"), "rows.csv", ada)
    assert upload is not None
    UploadedImport.objects.update(content=accounts_csv("Harbor Mills,6100,,429,"))
    with pytest.raises(uploads.RefusedImportError, match="not the one that was uploaded"):
        uploads.commit(AccountResource, str(upload.token), ada)


def test_people_limited_to_other_scopes_cannot_import_here(company: Company, ada: User) -> None:
    """E14."""
    from mappings import visibility

    books = Books.objects.create(system="procurify", name="Else", key_digest="p9")
    other = Scope.objects.create(source_books=books, target_books=company.target, name="Else")
    visibility.register(lambda user: Scope.objects.filter(pk=other.pk))
    assert errors(accounts_csv("Harbor Mills,6100,,310,"), ada)[0][1] == "set of tables"
    content, _ = uploads.export(AccountResource, ada, "csv")
    assert b"Harbor Mills" not in content


def fill(company: Company) -> None:
    scope = company.scope
    company.vendor("318", "Northgate Safety Supply")
    contact = company.contact("c-1", "Northgate Safety Supply")
    company.add(company.source, "item_category", "cat-9", "", "=steel")
    rows = [
        AccountRow(scope=scope, source_code="6100", department="14", location="2", target=company.account("310")),
        AccountRow(scope=scope, source_code="-100", target=company.account("429")),
        AccountRow(scope=scope, source_code="007", mark="tax account"),
        TrackingRow(
            scope=scope, dimension="department", source_key="14", target=company.entry("tracking_option", "Production")
        ),
        TrackingRow(
            scope=scope,
            dimension="item category",
            source_key="cat-9",
            target=company.entry("tracking_option", "North"),
        ),
        RequiredDimension(scope=scope, category=company.entry("tracking_category", "Region"), dimension="location"),
        TaxRow(scope=scope, taxes="GST 5% + PST 7%", currency="CAD", target=company.tax("INPUT"), recoverable=5),
        TaxRow(scope=scope, taxes="no tax", target=company.tax("REVERSE"), reverse_charge=True, vendor_country="DE"),
        ExtraCostRow(scope=scope, name="Freight", account=company.account("425"), tax=company.tax("NONE")),
        VendorLink(scope=scope, source_key="318", target=contact, evidence="equal name", state="confirmed"),
    ]
    for row in rows:
        row.save()


RESOURCES = (
    AccountResource, TrackingResource, RequiredDimensionResource, TaxResource, ExtraCostResource, VendorLinkResource,
)  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.__name__)
def test_what_is_exported_comes_back_the_same(
    company: Company, ada: User, resource: type[TableResource], form: str
) -> None:
    fill(company)
    model = resource._meta.model
    before = sorted(str(row.described()) for row in model.objects.all())
    content, _ = uploads.export(resource, ada, form)
    unchanged, upload = uploads.preview(resource, content, f"rows.{form}", ada)
    assert {row.verb for row in unchanged.rows} == {"skip"}, unchanged.errors
    assert upload is not None
    model.objects.all().delete()
    plan = imported(content, ada, resource)
    assert plan.count("new") == len(before)
    assert sorted(str(row.described()) for row in model.objects.all()) == before


class Line(list[str]):
    """A row that can be watched: a list cannot."""


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_keeps_no_row_that_is_written(form: str) -> None:
    """A table of 100,000 rows is written in the memory of a few."""
    made: list[int] = []
    gone: list[int] = []
    kept: list[int] = []

    def lines() -> Iterator[Line]:
        for number in range(500):
            line = Line([f"{number:06d}", "Cost of goods sold"])
            made.append(number)
            weakref.finalize(line, gone.append, number)
            kept.append(len(made) - len(gone))
            yield line

    content, _ = files.write(["account code", "target account"], lines(), form)
    assert max(kept) <= 3
    assert len(files.read(content, f"rows.{form}")) == 500


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.__name__)
def test_no_cell_of_an_export_is_a_formula_or_an_id(company: Company, ada: User, resource: type[TableResource]) -> None:
    fill(company)
    content, _ = uploads.export(resource, ada, "csv")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert not {"acc-310", "opt-p", "cat-region", "c-1", "14"} & set(cells)
    book = openpyxl.load_workbook(io.BytesIO(uploads.export(resource, ada, "xlsx")[0]))
    assert "f" not in {cell.data_type for row in book.worksheets[0].iter_rows() for cell in row}


def test_numbers_in_a_workbook_are_codes(company: Company, ada: User) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["Account Code ", "Target account", "different class confirmed"])
    book.worksheets[0].append([6100, 310.0, False])
    stream = io.BytesIO()
    book.save(stream)
    imported(stream.getvalue(), ada)
    assert AccountRow.objects.get().source_code == "6100"


def test_semicolons_and_a_byte_order_mark_are_understood(company: Company, ada: User) -> None:
    imported("\ufeffaccount code;target account\r\n6100;310\r\n;\r\n".encode(), ada)
    assert AccountRow.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"target account\n310\n", "lacks the column “account code”"),
        (b"account code,colour\n6100,red\n", "a column “colour” that this table does not know"),
        (b"account code,Account  Code\n1,2\n", "two columns called “account code”"),
        ("account code\nf\u00fcr\n".encode("latin-1"), "not in UTF-8"),
        (b"account code\n\x00\n", "neither a CSV nor an XLSX"),
        (b'account code\n"6100\n', "no proper CSV file"),
        (b"account code\n" + b"6100\n" * 5001, "more than 5,000 rows"),
        (b"x" * 2_000_001, "larger than 2 MB"),
        (b",".join(b"c%d" % number for number in range(41)), "no table has more than 40"),
        (b"PK\x03\x04 broken", "no XLSX file that can be read"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(ada: User, company: Company, content: bytes, why: str) -> None:
    with pytest.raises(files.UnreadableFileError, match=why):
        uploads.preview(AccountResource, content, "rows.csv", ada)


def test_a_workbook_that_unpacks_to_a_flood_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (files.LARGEST_UNPACKED + 1))
    assert len(stream.getvalue()) < files.LARGEST_FILE
    with pytest.raises(files.UnreadableFileError, match="unpacks to more than"):
        files.read(stream.getvalue(), "flood.xlsx")


def test_a_cell_too_long_for_any_code_is_named(company: Company, ada: User) -> None:
    found = errors(accounts_csv(f"Harbor Mills,{'6' * 1001},,310,"), ada)
    assert found == [(2, "account code", "The cell holds 1001 characters; no code or name is that long.")]


@pytest.mark.parametrize("text", ["=1+1", "+49", "-100", "@x", "'=1", "plain", "", "'quoted'"])
def test_harmless_text_reads_back_as_it_was(text: str) -> None:
    assert not harmless(text).startswith(("=", "+", "-", "@"))
    if text != "'=1":
        assert text_of(harmless(text)) == text


def test_the_pages_lead_from_upload_to_confirmation(company: Company, ada: User, client: Client, told: Told) -> None:
    client.force_login(ada)
    address = reverse("admin:mappings_accountrow_import_rows")
    assert client.get(address).status_code == 200
    bad = io.BytesIO(accounts_csv("Harbor Mills,6100,,999,"))
    bad.name = "bad.csv"
    answer = client.post(address, {"file": bad}).content.decode()
    assert "Row 2, target account: There is no account “999” in Harbor Mills Xero." in answer
    assert "Import all of it" not in answer
    good = io.BytesIO(accounts_csv("Harbor Mills,6100,,310,"))
    good.name = "good.csv"
    answer = client.post(address, {"file": good}).content.decode()
    assert "1 to add" in answer
    token = str(UploadedImport.objects.get().token)
    done = client.post(address, {"token": token}, follow=True).content.decode()
    assert "1 added, 0 changed, 0 unchanged." in done
    assert "1 record that waited goes on." in done
    again = client.post(address, {"token": token}, follow=True).content.decode()
    assert "This upload is no longer here." in again
    exported = client.get(reverse("admin:mappings_accountrow_export_csv"))
    assert exported["Content-Disposition"].startswith('attachment; filename="accounts-')
    assert b"6100" in exported.content


def test_import_and_export_check_their_own_permissions(company: Company, client: Client) -> None:
    viewer = person("viewer", "view_accountrow")
    client.force_login(viewer)
    assert client.get(reverse("admin:mappings_accountrow_import_rows")).status_code == 403
    assert client.get(reverse("admin:mappings_accountrow_export_csv")).status_code == 200
    client.force_login(person("stranger", "view_taxrow"))
    assert client.get(reverse("admin:mappings_accountrow_export_csv")).status_code == 403
