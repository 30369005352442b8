"""What a record's page shows: why it stands where it stands, the source, the target, its gaps and its story."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from audit.actions import sentence
from audit.trail import story
from integrations import explanations
from integrations.admin.project_budget import budget_view
from integrations.admin.record_actions import STOPPED, permitted
from integrations.admin.record_source import source_view
from integrations.admin.record_thread import thread
from integrations.admin.target_links import start_page, web_link
from integrations.desk import people
from integrations.engine.projects import standing
from integrations.hold_reasons import HOLD_REASONS
from integrations.models import Attachment, Flag, Gap, Outcome, Posting, Record, RequestLine, Work
from integrations.money import figure
from integrations.places import BESIDE, posting_label
from integrations.words import OUTCOME_TONES, STANDING_TONES, WORK_TONES, pill
from mappings.keys import LookupKey
from mappings.links import form_for

LONGEST_STORY = 500
PAGE = "admin:integrations_record_change"
FILLS_GAPS = "mappings.add_accountrow"


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of the story."""

    at: datetime
    who: str
    what: str


def context(record: Record, user: User) -> dict[str, Any]:
    """Everything the template needs. What the record was read as not having is not asked for again."""
    postings, explained = list(record.postings.select_related("connection")), explanations.of_record(record)
    reason = HOLD_REASONS.get(record.hold_reason) if record.work in STOPPED else None
    return {
        "record": record,
        "state": pill(Work(record.work).label, WORK_TONES.get(record.work, "calm")),
        "reason": reason,
        "explained": explained,
        "is_here": explained is not None and explained.link == reverse(PAGE, args=[record.pk]),
        "actions": permitted(user, record),
        "gaps": list(gaps(record, user)) if _has(record, "gaps") else [],
        "flags": _flags(record) if _has(record, "flags") else [],
        "budget": budget_view(record, user),
        "source": source_view(record),
        "source_page": start_page(record.integration.source),
        "thread": thread(record),
        "postings": [_posting(each, record.flow) for each in postings if each.kind not in BESIDE],
        "payments": [_posting(each, record.flow) for each in postings if each.kind == standing.PAYMENT],
        "attempts": [_attempt(line) for line in _attempts(record)] if postings else [],
        "story": list(_story(record)),
        "notes": list(record.notes.select_related("author").order_by("written_at")) if _has(record, "notes") else [],
        "may_note": user.has_perm("integrations.add_note"),
        "attachments": _attachments(record) if _has(record, "attachments") else [],
        "may_attach": user.has_perm("integrations.add_attachment"),
        "may_close_flags": user.has_perm("integrations.change_flag"),
        "may_assign": user.has_perm("integrations.assign_record"),
        "assignable": SimpleLazyObject(lambda: list(people.assignable(record))),
    }


def _has(record: Record, what: str) -> bool:
    return bool(getattr(record, f"has_{what}", True))


def _flags(record: Record) -> list[tuple[Flag, explanations.Explanation]]:
    return [(flag, explanations.of_flag(flag)) for flag in record.flags.filter(closed_at=None).order_by("pk")]


def _attachments(record: Record) -> list[Attachment]:
    return list(record.attachments.select_related("added_by").order_by("pk"))


def gaps(record: Record, user: User) -> Iterator[tuple[Gap, str]]:
    """What is missing, each with the address of the filled-in form that adds it, "" where this person may not."""
    for gap in record.gaps.filter(closed_at=None).order_by("pk"):
        yield gap, _form_of(gap, record) if user.has_perm(FILLS_GAPS) else ""


def _form_of(gap: Gap, record: Record) -> str:
    try:
        return form_for(record.integration.scope, LookupKey.parse(gap.table, gap.key))
    except ValueError:
        return ""


def _posting(posting: Posting, flow: str) -> dict[str, Any]:
    differs = posting.target_total is not None and posting.target_total != posting.source_total
    return {
        "row": posting,
        "word": "" if posting.status_word.lower() == posting.standing else posting.status_word.capitalize(),
        "kind": posting.kind.replace("-", " ") if posting.project else "",
        "state": pill(posting_label(posting, flow), STANDING_TONES.get(posting.standing, "calm")),
        "total": f"{figure(posting.target_total)} {posting.currency}",
        "expected": f"{figure(posting.source_total)} {posting.currency}" if differs else "",
        "link": web_link(posting),
    }


def _attempts(record: Record) -> Sequence[RequestLine]:
    return list(RequestLine.objects.filter(posting__record=record).select_related("request", "posting").order_by("pk"))


def _attempt(line: RequestLine) -> dict[str, Any]:
    return {
        "line": line,
        "outcome": pill(Outcome(line.outcome).label, OUTCOME_TONES.get(line.outcome, "calm")),
        "expected": figure(line.expected_total),
    }


def _story(record: Record) -> Iterator[Told]:
    """Oldest first; a very long story keeps its end, the trail has all of it."""
    newest = story("record", record.pk).reverse()[:LONGEST_STORY]
    for entry in reversed(list(newest)):
        yield Told(entry.at, entry.actor_label, sentence(entry))
