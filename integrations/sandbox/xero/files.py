"""Attachments and history notes of bills, purchase orders and contacts."""

from __future__ import annotations

import base64
import mimetypes
import re

from ..exchange import Answer, Json
from . import forms
from .call import Call
from .dates import moment_of, ms_text
from .organisation import new_id, public
from .problems import TextProblem, not_found, not_valid, post_not_understood
from .reading import find

OWNERS = {
    "invoices": ("Invoices", "invoices"),
    "purchaseorders": ("PurchaseOrders", "purchase_orders"),
    "contacts": ("Contacts", "contacts"),
}
MOST_FILES = 10
LONGEST_NOTE = 2500
FORBIDDEN_IN_NAME = re.compile(r'[<>:"/\\|?*\x00+]')


def _owner(call: Call) -> tuple[str, str, str]:
    """Endpoint name, shelf and id of the document the path names."""
    plural, shelf = OWNERS[call.words[0].lower()]
    row = find(call, shelf, call.words[1])
    return plural, shelf, str(row[call.organisation.shelves[shelf].key])


def _files_of(call: Call, owner: str) -> list[Json]:
    return [row for row in call.organisation.attachments.rows.values() if row["_owner"] == owner]


def list_attachments(call: Call) -> Answer:
    return call.rows("Attachments", [public(row) for row in _files_of(call, _owner(call)[2])])


def attachment_content(call: Call) -> Answer:
    """The bytes of an attachment, asked for by id or by file name."""
    owner, key = _owner(call)[2], call.words[3]
    for row in _files_of(call, owner):
        if key.lower() == row["AttachmentID"] or key == row["FileName"]:
            return Answer(200, {"Content-Type": row["MimeType"]}, base64.b64decode(row["_content"]))
    raise not_found()


def put_attachment(call: Call) -> Answer:
    """Raw bytes under a file name; the same name again replaces the content and keeps the id."""
    plural, shelf, owner = _owner(call)
    name, content = call.words[3], call.asked.body
    held = _files_of(call, owner)
    before = next((row for row in held if row["FileName"] == name), None)
    _check_file(call, name, content, full=before is None and len(held) >= MOST_FILES)
    row: Json = {
        "AttachmentID": before["AttachmentID"] if before else new_id(),
        "FileName": name,
        "Url": f"{call.base_url}/api.xro/2.0/{plural}/{owner}/Attachments/{name}",
        "MimeType": _mime_type(call, name),
        "ContentLength": len(content),
        "IncludeOnline": call.flag("IncludeOnline"),
        "_owner": owner,
        "_content": base64.b64encode(content).decode(),
    }
    call.organisation.attachments.store(row)
    call.organisation.shelves[shelf].amend(owner, HasAttachments=True)
    return call.rows("Attachments", [public(row)])


def _check_file(call: Call, name: str, content: bytes, full: bool) -> None:
    most = int(call.knobs["attachment_megabytes"])
    if FORBIDDEN_IN_NAME.search(name) or not name:
        raise _refused_file(name, "The file name contains characters that are not allowed.")
    if full:
        raise _refused_file(name, f"A document can have at most {MOST_FILES} attachments.")
    if not content:
        raise _refused_file(name, "The file is empty.")
    if len(content) > most * 1_000_000:
        raise TextProblem(413, f"Attachments may be up to {most} MB")


def _refused_file(name: str, message: str) -> Exception:
    return not_valid([{"FileName": name, "ValidationErrors": [{"Message": message}]}])


def _mime_type(call: Call, name: str) -> str:
    given = call.asked.headers.get("content-type", "").split(";")[0].strip()
    if given and given != "application/octet-stream":
        return given
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def list_history(call: Call) -> Answer:
    owner = _owner(call)[2]
    return call.rows(
        "HistoryRecords",
        [_shown_note(row) for row in call.organisation.history.rows.values() if row["_owner"] == owner],
    )


def add_history(call: Call) -> Answer:
    """Permanent notes; Xero shows them as by "System Generated"."""
    owner = _owner(call)[2]
    notes = [wanted for _sent, wanted in call.elements("HistoryRecords", {"Details": forms.text})]
    if any(not 0 < len(each.get("Details", "")) <= LONGEST_NOTE for each in notes):
        raise post_not_understood(f"Details must have 1 to {LONGEST_NOTE} characters")
    made = []
    for each in notes:
        ms = call.organisation.stamps.next()
        row: Json = {
            "HistoryID": new_id(),
            "Changes": "Note",
            "DateUTCString": moment_of(ms).strftime("%Y-%m-%dT%H:%M:%S"),
            "DateUTC": ms_text(ms),
            "User": "System Generated",
            "Details": each["Details"],
            "_owner": owner,
        }
        made.append(call.organisation.history.store(row))
    return call.rows("HistoryRecords", [_shown_note(row) for row in made])


def _shown_note(row: Json) -> Json:
    return {name: value for name, value in public(row).items() if name != "HistoryID"}
