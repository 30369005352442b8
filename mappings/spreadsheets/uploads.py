"""From an uploaded file to changed rows: preview first, then all or nothing (E24)."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import tablib
from django.contrib.auth.models import User
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone

from audit import trail
from mappings import changes, impact
from mappings.impact import Impact
from mappings.models import Scope, UploadedImport
from mappings.models.uploads import KEPT_FOR
from mappings.spreadsheets import files
from mappings.spreadsheets.files import UnreadableFileError
from mappings.spreadsheets.resources import TableResource

ROWS_AT_A_TIME = 2000


class RefusedImportError(ValueError):
    """Nothing was changed; the message says why."""


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with a row of the file; the title row is row 1. `column` is empty for the row as a whole."""

    row: int
    column: str
    why: str


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One row of the file and what it would do: "new", "update" or "skip"."""

    row: int
    verb: str
    before: Mapping[str, str]
    after: Mapping[str, str]

    @property
    def label(self) -> str:
        return {"new": "add", "update": "change", "skip": "unchanged"}.get(self.verb, self.verb)


@dataclass
class Plan:
    """What a file would do, and what that would do to documents, per scope. With any error it does nothing."""

    rows: list[PlannedRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    released: int = 0
    impacts: list[Impact] = field(default_factory=list)

    def count(self, verb: str) -> int:
        return sum(row.verb == verb for row in self.rows)


def preview(resource: type[TableResource], content: bytes, name: str, user: User) -> tuple[Plan, UploadedImport | None]:
    """What the file would do now, and the row in which it waits for confirmation; none where it has errors.

    Raises UnreadableFileError.
    """
    plan = _rehearse(resource, content, name, user)
    if plan.errors:
        return plan, None
    UploadedImport.objects.filter(expires_at__lte=timezone.now()).delete()
    upload = UploadedImport.objects.create(
        owner=user,
        table=resource._meta.model._meta.model_name,
        file_name=name[:200],
        content=content,
        content_hash=hashlib.sha256(content).hexdigest(),
        fingerprint=fingerprint(resource, user),
        expires_at=timezone.now() + KEPT_FOR,
    )
    return plan, upload


def commit(resource: type[TableResource], token: str, user: User) -> Plan:
    """Do what the preview showed, whole or not at all.

    Raises RefusedImportError if the upload is another person's, expired or gone, if the table changed since the
    preview, or if a row no longer passes.
    """
    with changes.acting(user), changes.together() as gathered:
        upload = _waiting(resource, token, user)
        _hold_still(user)
        content = bytes(upload.content)
        if hashlib.sha256(content).hexdigest() != upload.content_hash:
            raise RefusedImportError("The stored file is not the one that was uploaded. Upload it again.")
        if fingerprint(resource, user) != upload.fingerprint:
            raise RefusedImportError("The table changed since the preview. Upload the file again and look once more.")
        plan = _run(resource, files.read(content, upload.file_name), user)
        if plan.errors:
            first = plan.errors[0]
            raise RefusedImportError(f"Row {first.row} no longer passes: {first.why} Nothing was imported.")
        changes.note([_entry(resource, upload, plan, user)])
        upload.delete()
    plan.released = gathered.released
    return plan


def fingerprint(resource: type[TableResource], user: User) -> str:
    """Changes with every row added, changed or deleted in what this person sees of the table."""
    rows = resource._meta.model.objects.visible_to(user).order_by("pk").values_list("pk", "version")
    return hashlib.sha256(repr(list(rows)).encode()).hexdigest()


def export(resource: type[TableResource], user: User, form: str) -> tuple[bytes, str]:
    """Everything this person sees of the table, as a file and its content type."""
    rows: Any = resource._meta.model.objects.visible_to(user)
    ordered = rows.with_names().select_related("scope", *resource._meta.model.target_uses).order_by("scope__name", "pk")
    table = resource(_scopes(user))
    lines = (table.export_resource(row) for row in ordered.iterator(chunk_size=ROWS_AT_A_TIME))
    return files.write(table.get_export_headers(), lines, form)


def _rehearse(resource: type[TableResource], content: bytes, name: str, user: User) -> Plan:
    dataset = files.read(content, name)
    _check_titles(resource, dataset, name)
    with impact.trying(_scopes(user)) as trial:
        plan = _run(resource, dataset, user)
    if not plan.errors:
        plan.impacts = trial.impacts(user)
    return plan


def _check_titles(resource: type[TableResource], dataset: tablib.Dataset, name: str) -> None:
    titles = dataset.headers or []
    missing = [title for title in resource.required_titles() if title not in titles]
    unknown = [title for title in titles if title and title not in resource.titles()]
    if missing:
        raise UnreadableFileError(f"“{name}” lacks the column “{missing[0]}”. Export the table to see its columns.")
    if unknown:
        raise UnreadableFileError(f"“{name}” has a column “{unknown[0]}” that this table does not know.")


def _run(resource: type[TableResource], dataset: tablib.Dataset, user: User) -> Plan:
    result = resource(_scopes(user)).import_data(dataset, dry_run=False, use_transactions=True, raise_errors=False)
    plan = Plan()
    for number, row in enumerate(result.rows, start=2):
        for error in row.errors:
            raise error.error  # nothing that a cell can hold: a bug
        if row.validation_error is not None:
            plan.errors.extend(_row_errors(resource, number, row.validation_error))
        else:
            plan.rows.append(PlannedRow(number, row.import_type, row.before, row.after))
    return plan


def _row_errors(resource: type[TableResource], number: int, problem: ValidationError) -> Iterator[RowError]:
    if not hasattr(problem, "error_dict"):
        yield from (RowError(number, "", message) for message in problem.messages)
        return
    for name, said in problem.message_dict.items():
        column = "" if name == NON_FIELD_ERRORS else resource.title_of(name) or name
        yield from (RowError(number, column, message) for message in said)


def _waiting(resource: type[TableResource], token: str, user: User) -> UploadedImport:
    try:
        upload = UploadedImport.objects.select_for_update().get(
            token=token, owner=user, table=resource._meta.model._meta.model_name
        )
    except (UploadedImport.DoesNotExist, ValidationError):
        raise RefusedImportError("This upload is no longer here. Upload the file again.") from None
    if upload.expired:
        raise RefusedImportError("The preview is more than an hour old. Upload the file again.")
    return upload


def _hold_still(user: User) -> None:
    """Nobody changes a row of these scopes between the comparison and the import: saving a row waits for its scope."""
    list(Scope.objects.visible_to(user).select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _entry(resource: type[TableResource], upload: UploadedImport, plan: Plan, user: User) -> changes.Change:
    table = str(resource._meta.model._meta.verbose_name_plural)
    details = {
        "file": upload.file_name,
        "sha256": upload.content_hash,
        "table": table,
        "added": plan.count("new"),
        "changed": plan.count("update"),
        "unchanged": plan.count("skip"),
    }
    subject = trail.Subject("import", str(upload.token), f"import into {table}")
    return changes.Change("mapping.imported", subject, None, (), user, details)


def _scopes(user: User) -> list[Scope]:
    return list(Scope.objects.visible_to(user).select_related("source_books", "target_books").order_by("pk"))
