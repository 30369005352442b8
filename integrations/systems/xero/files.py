"""Files attached to Xero's bills (Accounting API, Attachments, October 2026).

A file is known by its name: the same name again overwrites, whoever attached the first one. So a name is only ever used
that is not there yet.
"""

import re
from collections.abc import Collection
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field

from integrations.documents import PreparedWrite
from integrations.errors import InvalidSourceError, OutcomeUnknownError, ProgrammingError, UnreadableAnswerError
from integrations.file_documents import AttachedFile
from integrations.http import Answer, Http
from integrations.systems.reading import Code, Model, Whole, read
from integrations.systems.xero.payloads import INVOICES

LISTED = f"{INVOICES}/{{id}}/Attachments"
ONE = f"{LISTED}/{{name}}"
# With this the type is taken from the name's ending.
BYTES = "application/octet-stream"
FORBIDDEN = re.compile(r'[<>:"/\\|?*+\x00-\x1f]')
LONGEST_NAME = 150  # no limit is published; percent-encoded it stays within any address
TARGET_ID = re.compile(r"[0-9a-fA-F-]{36}")


class Attachment(Model):
    key: Annotated[Code, Field(alias="AttachmentID", min_length=1)]
    name: Annotated[Code, Field(alias="FileName", min_length=1)]
    length: Whole | None = Field(None, alias="ContentLength")


def attached(http: Http, target_id: str) -> list[AttachedFile]:
    path = LISTED.format(id=_checked(target_id))
    body = http.read(path, template=LISTED).json()
    rows = body.get("Attachments") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise UnreadableAnswerError(f"{LISTED} answered without Attachments.")
    try:
        return [_file(row) for row in rows]
    except InvalidSourceError as error:
        raise UnreadableAnswerError(f"Xero's list of a bill's files cannot be read: {error}") from None


def content(http: Http, target_id: str, key: str) -> bytes:
    path = ONE.format(id=_checked(target_id), name=quote(key, safe=""))
    return http.read(path, headers={"Accept": BYTES, "contentType": BYTES}, template=ONE).body


def fit_name(name: str, taken: Collection[str]) -> str:
    """As the supplier named it, but for characters that Xero forbids; numbered where another file has the name."""
    clean = " ".join(FORBIDDEN.sub("-", name).split()) or "invoice"
    stem, dot, ending = clean.rpartition(".")
    stem, ending = (stem, f"{dot}{ending[:10]}") if stem else (clean, "")
    used = {each.casefold() for each in taken}
    for number in range(1, len(used) + 2):
        mark = f" ({number})" if number > 1 else ""
        fitted = f"{stem[: LONGEST_NAME - len(mark) - len(ending)]}{mark}{ending}"
        if fitted.casefold() not in used:
            break
    return fitted


def prepare(target_id: str, name: str, body: bytes) -> PreparedWrite:
    path = ONE.format(id=_checked(target_id), name=quote(name, safe=""))
    return PreparedWrite("PUT", path, ONE, body, 1)


def outcome(prepared: PreparedWrite, answer: Answer) -> AttachedFile:
    """OutcomeUnknownError when the answer is not plainly about the file that was sent."""
    body = answer.json()
    rows = body.get("Attachments") if isinstance(body, dict) else None
    try:
        (file,) = [_file(row) for row in rows or ()]
    except (InvalidSourceError, ValueError):
        raise OutcomeUnknownError("Xero's answer does not name the file that was sent to it.") from None
    if quote(file.name, safe="") != prepared.path.rpartition("/")[2]:
        raise OutcomeUnknownError("Xero's answer is about another file than the one that was sent to it.")
    return file


def _file(row: Any) -> AttachedFile:
    shape = read(Attachment, row, "Attachment")
    return AttachedFile(shape.key, shape.name, shape.length)


def _checked(target_id: str) -> str:
    if not TARGET_ID.fullmatch(target_id):
        raise ProgrammingError("A bill's files are asked for by its id.")
    return target_id
