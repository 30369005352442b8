"""Requests and answers against the facts-only specification of Procore: closed requests, open answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS31Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

Json = dict[str, Any]


class Specification:
    def __init__(self, document: Json) -> None:
        self.document = document
        resource = DRAFT202012.create_resource(document)
        self._registry: Registry[Any] = Registry().with_resource("urn:procore", resource)
        self._validators: dict[str, OAS31Validator] = {}

    def operation(self, method: str, path: str) -> tuple[str, Json] | None:
        """The template and the operation of a path; words win over placeholders."""
        for template in sorted(self.document["paths"], key=lambda each: each.count("{")):
            pattern = re.sub(r"{\w+}", r"\\d+", template.replace(".", r"\."))
            if re.fullmatch(pattern, path) and method.lower() in self.document["paths"][template]:
                return template, self.document["paths"][template][method.lower()]
        return None

    def of_request(self, method: str, path: str, query: Mapping[str, Any], body: Any) -> list[str]:
        """Everything about a request that the specification does not know or does not allow."""
        found = self.operation(method, path)
        if found is None:
            return [f"no {method} {path}"]
        _, operation = found
        offered = {each["name"]: each for each in operation.get("parameters", []) if each["in"] == "query"}
        complaints = [f"unknown parameter {name}" for name in query if name not in offered]
        needed = [name for name, each in offered.items() if each.get("required") and name not in query]
        complaints += [f"parameter {name} is missing" for name in needed]
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            return complaints + (["a body is sent where there is none"] if body else [])
        return complaints + list(self._problems(body, content["schema"]))

    def of_answer(self, method: str, path: str, status: int, body: bytes) -> list[str]:
        """What an answer lacks or has wrong. A status that is not listed must have the shape of an error."""
        found = self.operation(method, path)
        responses = found[1]["responses"] if found else {}
        schema = self._schema(responses.get(str(status)) or responses.get("default") or {})
        if schema is None and status >= 400:
            error = "ErrorV2" if path.startswith("/rest/v2.0/") else "ErrorV1"
            schema = {"$ref": f"#/components/schemas/{error}"}
        if schema is None or (not body and status >= 400):
            return []
        return list(self._problems(json.loads(body), schema))

    def _schema(self, response: Json) -> Json | None:
        if "$ref" in response:
            response = self.document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        schema: Json | None = response.get("content", {}).get("application/json", {}).get("schema")
        return schema

    def _problems(self, value: Any, schema: Json) -> Iterator[str]:
        absolute = json.dumps(schema).replace('"$ref": "#', '"$ref": "urn:procore#')
        if absolute not in self._validators:
            checker = OAS31Validator.FORMAT_CHECKER
            made = OAS31Validator(json.loads(absolute), registry=self._registry, format_checker=checker)
            self._validators[absolute] = made
        for each in self._validators[absolute].iter_errors(value):
            yield f"{list(each.absolute_path)}: {each.message[:200]}"


DATE = {"type": ["string", "null"], "format": "date"}
SYNCED: Json = {
    "type": "object",
    "required": ["id", "invoice_number", "grand_total", "origin_data", "origin_id", "payment_date", "status"],
    "properties": {
        "id": {"type": "integer"},
        "direct_cost_type": {"enum": ["invoice", "expense", "payroll", "subcontractor_invoice"]},
        "direct_cost_date": DATE,
        "received_date": DATE,
        "payment_date": DATE,
        "invoice_number": {"type": ["string", "null"]},
        "grand_total": {"type": "string"},
        "line_items_count": {"type": "integer"},
        "origin_data": {"type": ["string", "null"]},
        "origin_id": {"type": ["string", "null"]},
        "status": {"enum": ["draft", "pending", "revise_and_resubmit", "approved"]},
        "vendor_id": {"type": ["integer", "null"]},
    },
}
# What the catalogue that the subset was made from says beyond it (May 2026), of the rows' fields those that we send.
BEYOND: Json = {
    "/rest/v1.0/projects/{project_id}/direct_costs/sync": {
        "patch": {
            "summary": "Sync Direct Cost Items",
            "requestBody": {
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["updates"],
                            "additionalProperties": False,
                            "properties": {
                                "updates": {
                                    "type": "array",
                                    "maxItems": 1000,
                                    "items": {
                                        "type": "object",
                                        "required": ["id"],
                                        "additionalProperties": False,
                                        "properties": {
                                            "id": {"type": "integer"},
                                            "origin_id": {"type": "string"},
                                            "payment_date": {"type": "string", "format": "date"},
                                            "vendor_id": {"type": "integer"},
                                        },
                                    },
                                }
                            },
                        }
                    }
                }
            },
            "responses": {
                "200": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {
                                    "entities": {"type": "array", "items": SYNCED},
                                    "errors": {"type": "array", "items": {"type": "object"}},
                                },
                                "required": ["entities", "errors"],
                            }
                        }
                    }
                }
            },
        }
    },
    "/rest/v1.1/projects/{project_id}/direct_costs/{id}": {
        "delete": {
            "summary": "Delete Direct Cost Item",
            "responses": {
                "200": {
                    "content": {
                        "application/json": {
                            "schema": {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}
                        }
                    }
                }
            },
        }
    },
}


@cache
def specification(api_facts: Path) -> Specification:
    document = json.loads((api_facts / "procore" / "openapi-subset.json").read_bytes())
    document["paths"] = BEYOND | document["paths"]
    return Specification(document)
