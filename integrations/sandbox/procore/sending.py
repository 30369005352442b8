"""Sends webhooks: a static header, five seconds; a hook's queue pauses as a whole and is flushed after 12 hours."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from .. import calling_out
from ..exchange import Json
from .company import Company
from .moments import stamp

LONGEST_PAUSE = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(hours=12)
SERVICE_ACCOUNT, SOMEBODY, OUR_APPLICATION = 1, 2, 77
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# Takes address, headers and body; returns the status, 0 for none in time.
Post = Callable[[str, dict[str, str], bytes], int]


def enqueue(company: Company, project: Json | None, resource: str, event: str, record_id: int) -> bool:
    """A delivery for every active hook that has a trigger for it; true when there is one."""
    found = False
    for hook in company.rows("hooks", status="active"):
        if hook["_project"] not in (None, project and project["id"]):
            continue
        if any(company.rows("triggers", _hook=hook["id"], resource_name=resource, event_type=event)):
            _queue(company, hook, project, (resource, event, record_id))
            found = True
    return found


def _queue(company: Company, hook: Json, project: Json | None, what: tuple[str, str, int]) -> None:
    resource, event, record_id = what
    ulid = "01" + "".join(secrets.choice(LETTERS) for _ in range(24))
    project_id = project["id"] if project else None
    delivery = {"status": "enqueued", "delivery_attempts": [], "_resource": resource, "_event": event}
    made = company.add("deliveries", {**delivery, "_hook": hook["id"]})
    made["payload"] = _payload(company, hook["payload_version"], made, (project_id, record_id, ulid))
    if hook["payload_version"] == "v3.0":
        made["payload"]["related_resources"] = []
    made["_queued"] = company.clock.now().isoformat()


def _payload(company: Company, version: str, delivery: Json, ids: tuple[int | None, int, str]) -> Json:
    """Who caused it is told by `user_id`, and before v4.0 by the application as well."""
    user = SERVICE_ACCOUNT if company.asked_by_app else SOMEBODY
    timestamp = f"{company.clock.now():%Y-%m-%dT%H:%M:%S.%fZ}"
    make = _payload_v4 if version == "v4.0" else _older_payload
    return {**make(company, delivery, ids, user), "timestamp": timestamp, _version_name(version): version}


def _version_name(version: str) -> str:
    return "payload_version" if version == "v4.0" else "api_version"


def _payload_v4(company: Company, delivery: Json, ids: tuple[int | None, int, str], user: int) -> Json:
    """All ids are texts, `id` is the ULID, there is no metadata."""
    project_id, record_id, ulid = ids
    return {
        "id": ulid,
        "company_id": str(company.id),
        "project_id": project_id and str(project_id),
        "user_id": str(user),
        "reason": delivery["_event"],
        "resource_type": delivery["_resource"],
        "resource_id": str(record_id),
    }


def _older_payload(company: Company, delivery: Json, ids: tuple[int | None, int, str], user: int) -> Json:
    """v2.0 and v3.0."""
    project_id, record_id, ulid = ids
    metadata = {
        "source_user_id": user,
        "source_project_id": project_id,
        "source_operation_id": None,
        "source_company_id": company.id,
        "source_application_id": OUR_APPLICATION if company.asked_by_app else None,
    }
    place = {"user_id": user, "company_id": company.id, "project_id": project_id}
    what = {"event_type": delivery["_event"], "resource_name": delivery["_resource"], "resource_id": record_id}
    return {"id": delivery["id"], "ulid": ulid, "metadata": metadata, **place, **what}


def send_due(company: Company, post: Post) -> list[int]:
    """Send what waits and is not paused; returns the statuses that came back, 0 for none in time."""
    statuses = []
    for hook in list(company.rows("hooks", status="active")):
        paused = hook["_paused_until"]
        if paused is None or datetime.fromisoformat(paused) <= company.clock.now():
            statuses += _send_queue(company, hook, post)
    return statuses


def _send_queue(company: Company, hook: Json, post: Post) -> list[int]:
    """In order until one fails, which pauses the whole queue."""
    statuses: list[int] = []
    waiting = [
        each for each in company.rows("deliveries", _hook=hook["id"]) if each["status"] in ("enqueued", "retrying")
    ]
    if _given_up(company, waiting):
        for each in waiting:
            company.touch(each, status="discarded")
        hook["_paused_until"], hook["_fails"] = None, 0
        return statuses
    for delivery in waiting:
        status = _attempt(company, hook, delivery, post)
        statuses.append(status)
        if not 200 <= status < 300:
            _pause(company, hook)
            break
        hook["_paused_until"], hook["_fails"] = None, 0
    return statuses


def _given_up(company: Company, waiting: list[Json]) -> bool:
    retried = [each for each in waiting if each["delivery_attempts"]]
    if not retried:
        return False
    return company.clock.now() - datetime.fromisoformat(retried[0]["_queued"]) >= GIVEN_UP_AFTER


def _attempt(company: Company, hook: Json, delivery: Json, post: Post) -> int:
    headers = {"Content-Type": "application/json"}
    if hook["_authorization"]:
        headers["Authorization"] = hook["_authorization"]
    body = json.dumps(delivery["payload"]).encode()
    status = post(hook["destination_url"], headers, body)
    good = 200 <= status < 300
    if good and company.knobs["webhook_doubles"]:
        post(hook["destination_url"], headers, body)
    attempt = {"attempted_at": stamp(company.clock), "response_status": status or None}
    company.touch(
        delivery,
        status="delivered" if good else "retrying",
        delivery_attempts=[*delivery["delivery_attempts"], attempt],
    )
    return status


def _pause(company: Company, hook: Json) -> None:
    """Backoff from one second to one hour."""
    hook["_fails"] += 1
    pause = min(timedelta(seconds=2.0 ** min(hook["_fails"] - 1, 12)), LONGEST_PAUSE)
    hook["_paused_until"] = (company.clock.now() + pause).isoformat()


def post(address: str, headers: dict[str, str], body: bytes) -> int:
    """The status that our own portal answered; 0 when nothing came back within the deadline."""
    return calling_out.post(address, headers, body).status
