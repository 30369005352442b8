"""What waits for somebody's decision: asked by people, or needed by the approval rule."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.urls import NoReverseMatch, reverse

from integrations import visibility
from integrations.admin import project_budget
from integrations.admin.project_settings import keeps_projects
from integrations.engine import decisions, record_decisions
from integrations.engine.decision_kinds import APPROVAL, APPROVE_RECORD, kind_of
from integrations.models import Decision, FourEyesError, Record, Work
from integrations.pairs.vendor_flow import LABELS
from integrations.setting_names import name_of
from integrations.words import age

MOST_SHOWN = 200
NOT_FOR_PEOPLE = {
    "target_id",
    "held_as",
    "keys",
    "order",
    "lines",
    "contact",
}  # what a decision is bound to besides, in no words
_PAGES = {
    "record": "integrations_record_change",
    "integration": "integrations_integration_change",
    "scope": "mappings_scope_change",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the list. `key` names it in the form, `bound` says what exactly a yes would be bound to."""

    key: str
    what: str
    label: str
    address: str
    amount: Decimal | None
    currency: str
    asked_by: str
    since: datetime
    because: str
    bound: Sequence[tuple[str, str]]
    why_not: str

    @property
    def age(self) -> str:
        return age(self.since)


def listed(user: User) -> dict[str, Any]:
    """Oldest first; what the approval rule asks for stands beside what people asked for."""
    open_questions = visibility.decisions(Decision.objects.pending(), user).select_related("asked_by", "integration")
    lines = [_of_decision(decision, user) for decision in open_questions.order_by("asked_at")[:MOST_SHOWN]]
    records = _awaiting(user)
    lines += [_of_record(record, user) for record in records[:MOST_SHOWN]]
    lines.sort(key=lambda line: line.since)
    more = max(0, records.count() - MOST_SHOWN)
    return {"lines": lines, "more": more, "may_decide": any(not line.why_not for line in lines)}


def decide(by: User, chosen: Iterable[str], approve: bool, reason: str) -> list[tuple[str, str, str]]:
    """Each by its own rule and permission: label, address and what became of it."""
    found = []
    for key in list(chosen)[:MOST_SHOWN]:
        sort, pk, shown = [*key.split("-", 2), "", ""][:3]
        if not pk.isdecimal():
            continue
        if sort == "decision":
            found += _decide_question(by, int(pk), approve, reason)
        elif sort == "record":
            found += _decide_record(by, int(pk), shown, approve, reason)
    return found


def page_of(decision: Decision) -> str:
    """The page of what it is about; "" where there is none."""
    page = _PAGES.get(decision.subject_kind)
    if page is None or not decision.subject_id.isdecimal():
        return ""
    try:
        return reverse(f"admin:{page}", args=[decision.subject_id])
    except NoReverseMatch:
        return ""


def in_words(decision: Decision) -> list[tuple[str, str]]:
    """What exactly was chosen, for people."""
    said = []
    for name, value in decision.choice.items():
        if name in NOT_FOR_PEOPLE:
            continue
        if name == "fields" and isinstance(value, list):
            said.append((name, ", ".join(LABELS.get(str(each), str(each)) for each in value)))
        elif isinstance(value, dict) and "words" in value:
            said.append((name_of(name), str(value["words"])))
        elif name == "figures":
            said.append(
                ("budget", "; ".join(_of_budget(line, decision.currency) for line in project_budget.lines(value)))
            )
        elif isinstance(value, dict):
            said.append((name.replace("_", " "), ", ".join(f"{value[key]} {key}" for key in value) or "none"))
        elif value not in (None, "", []):
            said.append((name.replace("_", " "), ", ".join(value) if isinstance(value, list) else str(value)))
    return said


def _of_budget(line: project_budget.Line, currency: str) -> str:
    excess = f", {line.excess} too much" if line.excess else ""
    return f"{line.code}: {line.available} {currency} left, {line.needed} needed{excess}"


def _of_decision(decision: Decision, user: User) -> Waiting:
    return Waiting(
        key=f"decision-{decision.pk}",
        what=kind_of(decision.kind).label,
        label=str(decision),
        address=reverse("admin:integrations_decision_change", args=[decision.pk]),
        amount=decision.amount,
        currency=decision.currency,
        asked_by=str(decision.asked_by or "Counterfoil"),
        since=decision.asked_at,
        because=decision.asked_because,
        bound=in_words(decision),
        why_not=decisions.why_not(user, decision),
    )


def _of_record(record: Record, user: User) -> Waiting:
    return Waiting(
        key=f"record-{record.pk}-{record.content_version}",
        what=kind_of(APPROVAL).label.partition(": ")[2],
        label=str(record),
        address=reverse("admin:integrations_record_change", args=[record.pk]),
        amount=record.amount,
        currency=record.currency,
        asked_by="the approval rule",
        since=record.changed_at,
        because=record.explanation,
        bound=[("Vendor", record.vendor_name), ("Date", str(record.document_date or "-"))],
        why_not="" if user.has_perm(APPROVE_RECORD) else "Your role may not decide this.",
    )


def _awaiting(user: User) -> Any:
    rows = Record.objects.filter(work=Work.APPROVAL, hold_reason=APPROVAL).select_related("integration")
    return visibility.belonging(rows, "integration", user).order_by("changed_at")


def _decide_question(by: User, pk: int, approve: bool, reason: str) -> list[tuple[str, str, str]]:
    decision = visibility.decisions(Decision.objects.all(), by).filter(pk=pk).first()
    if decision is None:
        return []
    try:
        said = decisions.decide(decision, by, approve, reason)
    except FourEyesError as refusal:
        said = str(refusal.messages[0])
    except PermissionDenied:
        said = "Your role may not decide this."
    return [(str(decision), reverse("admin:integrations_decision_change", args=[pk]), said)]


def _decide_record(by: User, pk: int, shown: str, approve: bool, reason: str) -> list[tuple[str, str, str]]:
    """`shown` is what the list had of it. In a ledger that is what would be posted, to the letter."""
    if not by.has_perm(APPROVE_RECORD):
        raise PermissionDenied
    found = []
    for record in _awaiting(by).filter(pk=pk):
        if shown not in ("", record.content_version):
            said = record_decisions.CHANGED
        elif approve:
            to_the_letter = {} if keeps_projects(record.integration) else {pk: shown}
            ((_, said),) = record_decisions.approve([record], by, reason, to_the_letter)
        else:
            ((_, said),) = record_decisions.reject([record], by, reason)
        found.append((str(record), reverse("admin:integrations_record_change", args=[record.pk]), said))
    return found
