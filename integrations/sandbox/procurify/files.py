"""Suppliers' files of bills: rows of a bill's detail, and the bytes behind their links.

Where Procurify's links lead is not documented. Here it is the customer's own domain, asked for with the token, or, by a
knob, storage of its own: a link that is signed, ends soon, and is not shown a token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import mimetypes
import re
from typing import Any
from urllib.parse import quote

from ..exchange import Answer, Asked, Json
from .problems import not_found
from .tenant import Tenant

OWN = re.compile(r"/media/invoices/([0-9a-f-]+)/[^/]+")
STORED = re.compile(r"/storage/([a-z0-9-]+)/([0-9a-f-]+)/[^/]+")
LINK_LIVES = 300
_KEY = b"storage of the stand-in"


def new_file(tenant: Tenant, name: str, content: bytes, user: int) -> Json:
    number = tenant.next_id("files")
    return {
        "id": number,
        "uuid": tenant.new_uuid("file", number),
        "name": name,
        "user": user,
        "mimetype": mimetypes.guess_type(name)[0] or "application/octet-stream",
        "length": len(content),
        "sha1_hash": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        "created_at": tenant.stamp(None),
        "_content": base64.b64encode(content).decode(),
    }


def shown(tenant: Tenant, file: Json) -> Json:
    """A row of `invoice_attachments`; signed links are made anew each time."""
    public = {name: value for name, value in file.items() if not name.startswith("_")}
    where = tenant.files_at
    if not where:
        return {**public, "file": f"{tenant.url}/media/invoices/{file['uuid']}/{quote(file['name'])}"}
    ends = int(tenant.local().timestamp()) + LINK_LIVES
    signed = f"Expires={ends}&Signature={_signature(file['uuid'], ends)}"
    link = f"{where}/{tenant.domain}/{file['uuid']}/{quote(file['name'])}"
    return {**public, "file": f"{link}?{signed}"}


def found(tenant: Tenant, key: str) -> Answer:
    for bill in tenant.rows("bills"):
        for file in bill.get("invoice_attachments") or []:
            if file["uuid"] == key:
                return Answer(200, {"Content-Type": file["mimetype"]}, base64.b64decode(file["_content"]))
    raise not_found()


def from_storage(tenant: Tenant, key: str, asked: Asked) -> Answer:
    """403 for a link that ended or was changed, 400 for whoever shows it a token besides."""
    if "authorization" in asked.headers:
        return Answer.text("Only one auth mechanism allowed", 400)
    ends = asked.first("Expires", "0")
    now = tenant.local().timestamp()
    if not ends.isdigit() or int(ends) < now or asked.first("Signature", "") != _signature(key, int(ends)):
        return Answer.text("Request has expired", 403)
    return found(tenant, key)


def _signature(key: str, ends: int) -> str:
    return hmac.new(_KEY, f"{key} {ends}".encode(), hashlib.sha256).hexdigest()[:32]


def content_of(given: Any) -> bytes:
    """Bytes as they are, or text, or a number of bytes to be made up."""
    if isinstance(given, int):
        return b"%PDF-1.4\n" + b"0" * max(given - 9, 0)
    return given if isinstance(given, bytes) else str(given).encode()
