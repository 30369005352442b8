"""Requests against the systems' own published specifications: path, method, parameters, headers, body."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

from tests.sandbox import procore_specification

Json = dict[str, Any]
# What belongs to HTTP itself and stands in no specification.
PLAIN_HEADERS = frozenset(
    {"host", "accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "user-agent"}
)


@dataclass(frozen=True)
class Specification:
    """`prefix` is the regular expression of what stands before the specification's own paths."""

    document: Json
    prefix: str
    ignores_case: bool = False

    def complaints(self, entry: Json) -> list[str]:
        """Everything about one logged request that the specification does not know or does not allow."""
        path = re.sub(f"^{self.prefix}", "", entry["path"], count=1)
        found = self._operation(path, entry["method"].lower())
        if found is None:
            return [f"no {entry['method']} {path}"]
        operation, parameters = found
        return [
            *self._query(entry["query"], parameters),
            *self._headers(entry["headers"], parameters),
            *self._body(entry["body"], operation, entry["headers"].get("content-type", "")),
        ]

    def _operation(self, path: str, method: str) -> tuple[Json, list[Json]] | None:
        for template, item in self.document["paths"].items():
            parameters = [self._resolved(each) for each in item.get("parameters", [])]
            if method in item and self._fits(template, path, item[method]):
                own = [self._resolved(each) for each in item[method].get("parameters", [])]
                return item[method], parameters + own
        return None

    def _fits(self, template: str, path: str, operation: Json) -> bool:
        """A placeholder whose values are listed takes no other; one without takes anything but a slash."""
        named = {each["name"]: each for each in map(self._resolved, operation.get("parameters", []))}
        pattern = re.escape(template).replace(r"\{", "{").replace(r"\}", "}")
        for name in re.findall(r"{(\w+)}", template):
            choices = named.get(name, {}).get("schema", {}).get("enum")
            pattern = pattern.replace(f"{{{name}}}", f"(?:{'|'.join(map(re.escape, choices))})" if choices else "[^/]+")
        return bool(re.fullmatch(pattern, path, re.IGNORECASE if self.ignores_case else 0))

    def _query(self, query: Mapping[str, list[str]], parameters: list[Json]) -> Iterator[str]:
        known = {each["name"]: each for each in parameters if each["in"] == "query"}
        for name, values in query.items():
            if name not in known:
                yield f"unknown parameter {name}"
            elif len(values) > 1:
                yield f"{name} is sent {len(values)} times"
            else:
                yield from self._value(name, values[0], known[name]["schema"])

    def _value(self, name: str, written: str, schema: Json) -> Iterator[str]:
        for problem in self._problems(_typed(written, schema), schema):
            yield f"{name}: {problem}"

    def _headers(self, headers: Mapping[str, str], parameters: list[Json]) -> Iterator[str]:
        known = {each["name"].lower(): each for each in parameters if each["in"] == "header"}
        for name in headers.keys() - PLAIN_HEADERS - known.keys():
            yield f"unknown header {name}"
        for name, each in known.items():
            if name in headers:
                yield from self._value(name, headers[name], each["schema"])
            elif each.get("required"):
                yield f"header {name} is missing"

    def _body(self, body: str | None, operation: Json, media_type: str) -> Iterator[str]:
        takes = operation.get("requestBody", {}).get("content", {})
        if body and "application/octet-stream" in takes:
            if media_type != "application/octet-stream":
                yield f"a file is sent as {media_type}"
            return
        wanted = takes.get("application/json")
        if wanted is None:
            if body:
                yield "a body is sent where there is none"
            return
        sent = json.loads(body or "null")
        yield from self._problems(sent, wanted["schema"])
        yield from self._strangers(sent, wanted["schema"], "")

    def _problems(self, value: Any, schema: Json) -> Iterator[str]:
        registry = Registry().with_resource("urn:spec", DRAFT4.create_resource(self.document))
        absolute = json.loads(json.dumps(schema).replace('"$ref": "#', '"$ref": "urn:spec#'))
        validator = OAS30Validator(absolute, registry=registry, format_checker=OAS30Validator.FORMAT_CHECKER)
        yield from (f"{list(each.absolute_path)}: {each.message[:200]}" for each in validator.iter_errors(value))

    def _strangers(self, value: Any, schema: Json, where: str) -> Iterator[str]:
        """Fields that the schemas do not list; the schemas themselves would let them pass."""
        schema = self._resolved(schema)
        if isinstance(value, list):
            for each in value:
                yield from self._strangers(each, schema.get("items", {}), where)
        elif isinstance(value, dict) and "properties" in schema:
            for name, each in value.items():
                if name in schema["properties"]:
                    yield from self._strangers(each, schema["properties"][name], f"{where}.{name}")
                else:
                    yield f"unknown field {where}.{name}"

    def _resolved(self, node: Json) -> Json:
        if "$ref" not in node:
            return node
        found = self.document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return found


def _typed(written: str, schema: Json) -> Any:
    """A parameter's text as the value it stands for; itself where it cannot."""
    kind = schema.get("type")
    if kind == "integer" and re.fullmatch(r"-?\d+", written):
        return int(written)
    if kind == "boolean" and written in ("true", "false"):
        return written == "true"
    if kind == "array":
        return [_typed(part, schema.get("items", {})) for part in written.split(",")]
    return written


def _with_booleans(node: Any) -> Any:
    """Xero's specification writes some booleans as the strings "true" and "false"."""
    if isinstance(node, list):
        return [_with_booleans(each) for each in node]
    if not isinstance(node, dict):
        return node
    mended = {name: _with_booleans(each) for name, each in node.items()}
    if mended.get("type") == "boolean":
        mended.update({name: mended[name] == "true" for name in ("default", "example") if name in mended})
    return mended


@cache
def _yaml(path: Path) -> Json:
    found: Json = _with_booleans(yaml.load(path.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    return found


def complaints(slug: str, entry: Json, api_facts: Path) -> list[str]:
    """What a system's specification holds against one request that its stand-in logged."""
    if slug == "procore":
        return _of_procore(entry, api_facts)
    return _specification(slug, entry["path"], api_facts).complaints(entry)


def _of_procore(entry: Json, api_facts: Path) -> list[str]:
    """Its specification is closed for requests, and names no header but the company's.

    What ends in brackets may be sent more than once (filtering on list actions, August 2026).
    """
    body = json.loads(entry["body"]) if entry["body"] else None
    known = procore_specification.specification(api_facts)
    found = known.of_request(entry["method"], entry["path"], entry["query"], body)
    once = {name: values for name, values in entry["query"].items() if not name.endswith("[]")}
    found += [f"{name} is sent {len(values)} times" for name, values in once.items() if len(values) > 1]
    headers = entry["headers"].keys()
    strange = headers - PLAIN_HEADERS - {"procore-company-id", "idempotency-token"}
    missing = [] if "procore-company-id" in headers else ["header procore-company-id is missing"]
    return found + missing + [f"unknown header {name}" for name in sorted(strange)]


@cache
def _specification(slug: str, path: str, folder: Path) -> Specification:
    if slug == "procurify":
        document = json.loads((folder / "procurify" / "procurify-openapi-subset.json").read_text())
        return Specification(document, "/[^/]+")
    if slug == "xero" and path.lower().startswith("/connections"):
        return Specification(_yaml(folder / "xero" / "xero-identity.yaml"), "", ignores_case=True)
    if slug == "xero":
        return Specification(_yaml(folder / "xero" / "xero_accounting.yaml"), "/api.xro/2.0")
    raise LookupError(f"no specification of {slug} is known here")
