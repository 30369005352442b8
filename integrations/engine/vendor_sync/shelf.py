"""What each side showed of its vendors last: source documents in our own words, so without bank details (A71)."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from integrations.documents import Vendor, VendorKind
from integrations.engine import bulk
from integrations.models import Connection, SourceDocument

AT_A_TIME = 500
IN_USE, OUT_OF_USE = "in use", "not in use"
GONE = "gone"
_TEXTS = ("source_id", "name", "tax_number", "currency", "country", "external_ref", "merged_to")
_FIELDS = ("number", "version", "modified_at", "summary", "summary_fingerprint")


def keep(connection: Connection, feed: str, vendors: Iterable[Vendor]) -> list[Vendor]:
    """Take these in as they are now; returns those that are new or changed. In a transaction."""
    read = {vendor.source_id: vendor for vendor in vendors if vendor.source_id}
    known = documents(connection, feed, read)
    new: list[SourceDocument] = []
    changed: list[SourceDocument] = []
    told: list[Vendor] = []
    for key, vendor in read.items():
        text = dump(vendor)
        fingerprint = hashlib.sha256(text.encode()).hexdigest()
        document = known.get(key)
        if document is not None and document.summary_fingerprint == fingerprint:
            continue
        told.append(vendor)
        row = document or SourceDocument(connection=connection, feed=feed, source_id=key, detail_due=False)
        row.number, row.version = vendor.name[:255], IN_USE if vendor.active else OUT_OF_USE
        row.modified_at, row.summary, row.summary_fingerprint = vendor.modified_at, text, fingerprint
        (new if document is None else changed).append(row)
    SourceDocument.objects.bulk_create(new, batch_size=AT_A_TIME)
    bulk.save(changed, _FIELDS)
    return told


def documents(connection: Connection, feed: str, keys: Iterable[str]) -> dict[str, SourceDocument]:
    """The documents of these vendors, by their id."""
    wanted = list(keys)
    found: dict[str, SourceDocument] = {}
    for start in range(0, len(wanted), AT_A_TIME):
        some = wanted[start : start + AT_A_TIME]
        rows = SourceDocument.objects.filter(connection=connection, feed=feed, source_id__in=some)
        found |= {row.source_id: row for row in rows.defer("detail")}
    return found


def vendors(connection: Connection, feed: str, keys: Iterable[str]) -> dict[str, Vendor]:
    return {key: load(row.summary) for key, row in documents(connection, feed, keys).items()}


def every(connection: Connection, feed: str) -> Iterable[Vendor]:
    """All vendors of a side, as they were last read."""
    rows = SourceDocument.objects.filter(connection=connection, feed=feed).order_by("pk")
    return (load(text) for text in rows.values_list("summary", flat=True).iterator(chunk_size=2000))


def has_name(connection: Connection, feed: str, name: str) -> bool:
    """Whether a vendor in use bears it, whatever its capitals."""
    rows = SourceDocument.objects.filter(connection=connection, feed=feed, version=IN_USE)
    return rows.filter(number__iexact=name).exists()


def gone(vendor: Vendor) -> Vendor:
    """As it was, with the mark that its system no longer shows it: that alone is no withdrawal (A37)."""
    return replace(vendor, fields={**vendor.fields, GONE: "yes"})


def dump(vendor: Vendor) -> str:
    """Neither the time of the change nor what is only handed back: they are no content."""
    texts = {name: getattr(vendor, name) for name in _TEXTS}
    found = texts | {
        "emails": list(vendor.emails),
        "kind": vendor.kind.value,
        "active": vendor.active,
        "supplier": vendor.supplier,
        "groups": list(vendor.groups),
        "fields": dict(sorted(vendor.fields.items())),
    }
    return json.dumps({name: value for name, value in found.items() if value not in ("", [], {})}, ensure_ascii=False)


def load(text: str) -> Vendor:
    found = json.loads(text)
    return Vendor(
        **{name: found.get(name, "") for name in _TEXTS},
        emails=_texts(found.get("emails", ())),
        kind=VendorKind(found["kind"]),
        active=found["active"],
        supplier=found["supplier"],
        groups=_texts(found.get("groups", ())),
        fields=found.get("fields", {}),
    )


def _texts(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(value) for value in values)
