"""The suppliers' files of a bill: which there are, and how one is read.

`invoice_attachments[].file` is a link; where it leads, and for how long, is not documented (bills, 2026-10). Links to
the customer's own Procurify are asked with its token. Storage elsewhere is asked without it, and only at the address
that the operator named (`PROCURIFY_FILES_URL`). No redirect to another host is followed.
"""

import hashlib
from dataclasses import replace
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints

from integrations.errors import ConfigurationError, GoneError, ProgrammingError, RetryLaterError, UnreadableAnswerError
from integrations.file_documents import SourceFile
from integrations.http import Answer, Http, NoTokens, Wiring
from integrations.systems.facts import Account
from integrations.systems.paging import Raw
from integrations.systems.procurify.bills import name_of
from integrations.systems.procurify.system import PROCURIFY
from integrations.systems.reading import NO_NUL, Code, Model, Whole, read

STORED = "/stored-file"
OWN = "/a-bill's-file"


class Attachment(Model):
    uuid: Annotated[Code, Field(min_length=1, max_length=64)]
    file: Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=NO_NUL)]
    name: Code | None = None
    mimetype: Code | None = None
    length: Whole | None = None
    sha1_hash: Code | None = None


class WithAttachments(Model):
    attachments: list[Attachment] | None = Field(None, alias="invoice_attachments", max_length=1000)


def files(raw: Raw) -> tuple[SourceFile, ...]:
    """Those that hang on a bill's detail, fresh or stored; InvalidSourceError names what cannot be read of them."""
    shape = read(WithAttachments, raw, name_of(raw))
    return tuple(map(_file, shape.attachments or ()))


def _file(shape: Attachment) -> SourceFile:
    name = shape.name or urlsplit(shape.file).path.rpartition("/")[2] or "invoice"
    length = shape.length if shape.length and shape.length > 0 else None
    return SourceFile(shape.uuid, name, shape.file, shape.mimetype or "", length, (shape.sha1_hash or "").lower())


def storage(account: Account, wiring: Wiring) -> Http | None:
    """The door to the storage that the operator named; it is never shown our token."""
    address = account.urls.get("files")
    if not address:
        return None
    return Http(
        address,
        label=PROCURIFY.label,
        allowed_hosts=((urlsplit(address).hostname or "").lower(),),
        headers=lambda: {"User-Agent": "Counterfoil"},
        judge=_judge_storage,
        wiring=replace(wiring, tokens=NoTokens()),
        deadline_seconds=PROCURIFY.call_deadline.total_seconds(),
        plain_loopback=True,
    )


def content(file: SourceFile, own: Http, stored: Http | None) -> bytes:
    """The bytes, equal to what Procurify says of their length and hash; ConfigurationError for an unknown host."""
    whatever = {"Accept": "*/*"}
    if (path := own.path_of(file.link)) is not None:
        answer = own.read(path, headers=whatever, template=OWN)
    elif stored is not None and (path := stored.path_of(file.link)) is not None:
        answer = stored.read(path, headers=whatever, template=STORED)
    else:
        host = urlsplit(file.link).hostname or "an address that cannot be read"
        raise ConfigurationError(
            f"Procurify keeps the file at {host}, where nothing may be read from. The operator allows it by setting "
            "PROCURIFY_FILES_URL."
        )
    return _checked(file, answer.body)


def _checked(file: SourceFile, body: bytes) -> bytes:
    # Not for security: it is the only hash that Procurify gives (2026-10).
    differs = file.sha1 and hashlib.sha1(body, usedforsecurity=False).hexdigest() != file.sha1
    if differs or (file.length is not None and len(body) != file.length):
        raise UnreadableAnswerError("What Procurify sends is not the file that its bill names.")
    return body


def _judge_storage(answer: Answer) -> None:
    if answer.ok:
        return
    if answer.status in (400, 401, 403, 404, 410):
        raise GoneError("The file's link is no longer valid, or the file is gone.")
    if answer.status == 429 or answer.status >= 500:
        raise RetryLaterError("The storage of Procurify's files is out of order.").because("out-of-order")
    raise ProgrammingError("The storage of Procurify's files takes no such call.")
