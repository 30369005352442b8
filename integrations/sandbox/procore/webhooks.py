"""Webhooks v2.0: hooks of a company or a project, their triggers, and how deliveries went."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ..exchange import Answer, Json
from . import fields
from .call import Call
from .paging import V2, listed
from .problems import Invalid, Problem, missing

VERSIONS = ("v2.0", "v3.0", "v4.0")
EVENTS = ("create", "update", "delete")
# What the stand-in tells of, with the names of the finance tools.
RESOURCES = (
    "Purchase Order Contracts",
    "Purchase Order Contract Line Items",
    "Contract Payments",
    "Direct Costs",
    "Company Vendors",
    "Projects",
)
HOOK: fields.Form = {
    "payload_version": fields.one_of(*VERSIONS),
    "namespace": fields.text,
    "destination_url": fields.text,
    "destination_headers": fields.anything,
    "status": fields.one_of("active", "disabled"),
}
NAMESPACE = re.compile(r"[a-z0-9-]+")


def _show(call: Call, hook: Json) -> Json:
    """The header that we chose is redacted in answers."""
    triggers = list(call.company.rows("triggers", _hook=hook["id"]))
    return {
        "id": str(hook["id"]),
        "status": hook["status"],
        "payload_version": hook["payload_version"],
        "namespace": hook["namespace"],
        "destination_headers": {"Authorization": "[REDACTED]"} if hook["_authorization"] else {},
        "destination_url": hook["destination_url"],
        "trigger_count": len(triggers),
        "company_id": str(call.company.id),
        "project_id": str(hook["_project"]) if hook["_project"] else None,
        "created_at": hook["created_at"],
        "updated_at": hook["updated_at"],
    }


def _scope(call: Call) -> int | None:
    return call.project_given["id"] if call.project_given else None


def _asked(call: Call, word: str) -> Json:
    return call.company.get("hooks", call.words[word], _project=_scope(call))


def list_hooks(call: Call) -> Answer:
    hooks = [
        hook
        for hook in call.company.rows("hooks", _project=None)
        if all(call.first(name) in ("", hook[name]) for name in ("namespace", "payload_version"))
    ]
    return listed(call, hooks, lambda hook: _show(call, hook), V2, enveloped=True)


def one_hook(call: Call) -> Answer:
    return Answer.json({"data": _show(call, _asked(call, "id"))})


def _read(call: Call) -> Json:
    given = fields.read_fields(call.body(), HOOK)
    if "namespace" in given and not NAMESPACE.fullmatch(given["namespace"] or ""):
        raise Invalid(namespace="may hold a-z, 0-9 and - only")
    if "destination_url" in given and urlsplit(given["destination_url"] or "").scheme not in ("http", "https"):
        raise Invalid(destination_url="is invalid")
    if "destination_headers" in given:
        given["_authorization"] = (given.pop("destination_headers") or {}).get("Authorization")
    return given


def add_hook(call: Call) -> Answer:
    given = _read(call)
    for name in ("payload_version", "namespace", "destination_url"):
        if not given.get(name):
            raise missing(name)
    hook = {"status": "active", "_authorization": None, "_project": _scope(call), "_paused_until": None, "_fails": 0}
    made = call.company.add("hooks", {**hook, **given})
    return Answer.json({"data": _show(call, made)}, 201)


def change_hook(call: Call) -> Answer:
    hook = _asked(call, "id")
    call.company.touch(hook, **_read(call))
    return Answer.json({"data": _show(call, hook)})


def delete_hook(call: Call) -> Answer:
    hook = _asked(call, "id")
    for trigger in list(call.company.rows("triggers", _hook=hook["id"])):
        del call.company.shelves["triggers"][trigger["id"]]
    del call.company.shelves["hooks"][hook["id"]]
    return Answer.empty(204)


def _show_trigger(call: Call, trigger: Json) -> Json:
    project = call.company.shelves["hooks"][trigger["_hook"]]["_project"]
    return {
        "id": str(trigger["id"]),
        "webhook_hook_id": str(trigger["_hook"]),
        "resource_name": trigger["resource_name"],
        "event_type": trigger["event_type"],
        "company_id": str(call.company.id),
        "project_id": str(project) if project else None,
    }


def list_triggers(call: Call) -> Answer:
    hook = _asked(call, "hook_id")
    rows = list(call.company.rows("triggers", _hook=hook["id"]))
    return listed(call, rows, lambda trigger: _show_trigger(call, trigger), V2, enveloped=True)


def add_trigger(call: Call) -> Answer:
    hook, sent = _asked(call, "hook_id"), call.body()
    resource, event = sent.get("resource_name"), sent.get("event_type")
    if resource not in RESOURCES or event not in EVENTS:
        raise Invalid(resource_name="and event_type are no pair that is offered")
    wanted = {"resource_name": resource, "event_type": event, "_hook": hook["id"]}
    if any(call.company.rows("triggers", **wanted)):
        raise Invalid(resource_name="has already been taken")
    return Answer.json({"data": _show_trigger(call, call.company.add("triggers", wanted))}, 201)


def delete_trigger(call: Call) -> Answer:
    trigger = call.company.get("triggers", call.words["id"], _hook=_asked(call, "hook_id")["id"])
    del call.company.shelves["triggers"][trigger["id"]]
    return Answer.empty(204)


def list_deliveries(call: Call) -> Answer:
    hook = _asked(call, "hook_id")
    # What the filter calls succeeded is shown as delivered.
    status = {"succeeded": "delivered"}.get(call.first("filter[status]"), call.first("filter[status]"))
    wanted = {
        "status": status,
        "_resource": call.first("filter[resource_name]"),
        "_event": call.first("filter[event_type]"),
    }
    asked = {name: value for name, value in wanted.items() if value}
    rows = list(call.company.rows("deliveries", _hook=hook["id"], **asked))
    return listed(call, rows, _show_delivery, V2, enveloped=True)


def _show_delivery(delivery: Json) -> Json:
    names = ("status", "payload", "delivery_attempts")
    return {"id": str(delivery["id"]), **{name: delivery[name] for name in names}}


def resources(call: Call) -> Answer:
    if call.first("payload_version") not in VERSIONS:
        raise Problem(400, {"payload_version": ["is not included in the list"]})
    version: Json = {"payload_version": call.first("payload_version"), "actions": list(EVENTS)}
    rows: list[Json] = [{"category": "Financial Management", "tool": name, "name": name} for name in RESOURCES]
    return listed(call, rows, lambda row: {**row, **version}, V2, enveloped=True)
