"""What people may do with records: each asks on a page of its own, checks its own permission, and reports on each."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.contrib.auth.models import User

from integrations.days import in_full
from integrations.desk import project_words
from integrations.engine import linking, record_decisions, release
from integrations.engine.decision_kinds import OVER_BUDGET, POST_BESIDE
from integrations.engine.projects import asking, bill_decisions
from integrations.hold_reasons import Action
from integrations.models import Record, Work
from integrations.money import figure
from integrations.pairs.xero_procore.linking import LinkableOrder

STOPPED = (Work.HELD, Work.APPROVAL)
BUSY = (Work.POSTING, Work.DOUBT)
Result = list[tuple[Record, str]]
ITS_HOLD = "the approval that its hold reason asks for"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the confirmation page was answered with: a reason, the choice where it offers one, and by record what it had
    shown of it."""

    reason: str = ""
    choice: str = ""
    shown: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that may be chosen; `facts` stand beside it in the columns that the action names."""

    value: str
    label: str
    facts: tuple[str, ...] = ()
    likely: bool = False


@dataclass(frozen=True, slots=True)
class Choosing:
    """What a confirmation page asks to choose from. `lacking` is said where there is nothing to choose, `likely` beside
    what probably is it; `first` is the action that has to come before where nothing can be chosen."""

    question: str
    columns: tuple[str, ...]
    offers: Callable[[Record], Sequence[Choice]]
    lacking: str
    likely: str = "same number or total"
    first: str = ""


@dataclass(frozen=True, slots=True)
class RecordAction:
    """`asks` is the question of the confirmation page, `warns` what people should know before they say yes.

    `rehearses` shows what would be sent before it is, and `binds` names the kind of decision that is bound to what was
    shown; one with a `choosing` is for one record at a time.
    """

    slug: str
    label: str
    asks: str
    warns: str
    permission: str
    fits: Callable[[Record], bool]
    carry_out: Callable[[Sequence[Record], User, Answer], Result]
    needs_reason: bool = False
    icon: str = ""
    rehearses: bool = False
    binds: str = ""
    choosing: Choosing | None = None

    @property
    def full_permission(self) -> str:
        return f"integrations.{self.permission}"


def _allows(record: Record, action: Action) -> bool:
    return record.work in STOPPED and release.allowed(record, action)


def _may_be_replayed(record: Record) -> bool:
    return record.work not in (*BUSY, Work.EXCLUDED_PERSON, Work.APPROVAL)


def _may_be_excluded(record: Record) -> bool:
    if record.work in STOPPED:
        return _allows(record, Action.EXCLUDE)
    return record.work not in (*BUSY, Work.DONE, Work.EXCLUDED_PERSON)


def _bills_to_link(record: Record) -> list[Choice]:
    return [
        Choice(
            each.bill.target_id,
            each.bill.number or "(no number)",
            (
                str(each.bill.date or "-"),
                each.bill.status_word.capitalize(),
                f"{figure(each.bill.total)} {each.bill.currency}",
            ),
            each.same_number or each.same_total,
        )
        for each in linking.candidates(record)
    ]


def _is_to_be_entered(record: Record, action: Action) -> bool:
    """A bill that a person has to say something about before it can go into a project."""
    return bill_decisions.may_be_entered(record, action)


def _orders_to_link(record: Record) -> list[Choice]:
    projects = project_words.projects(record.integration.target.books_id)
    return [
        Choice(
            each.order.source_id,
            each.order.number or "(no number)",
            (
                str(each.date or "-"),
                _left(each.order),
                f"{figure(each.ordered)} ordered",
                projects.get(each.order.project, "its project is not known yet"),
            ),
            each.named,
        )
        for each in bill_decisions.orders(record)
    ]


def _left(order: LinkableOrder) -> str:
    return f"{figure(order.unbilled)} {order.currency} left" if order.unbilled else "nothing left: billed in full"


def _lines_to_choose(record: Record) -> list[Choice]:
    return [
        Choice(
            each.value,
            each.mine.description or "(no description)",
            (
                f"bills {figure(each.mine.amount)} {record.currency}",
                f"to “{each.its.description}” of {figure(each.its.amount)}",
                f"{figure(each.unbilled)} left",
            ),
            each.unbilled >= each.mine.amount,
        )
        for each in bill_decisions.lines(record)
    ]


def _days_to_post_on(record: Record) -> list[Choice]:
    """The source's posting date if it lies in an open period, and the first open day (A63)."""
    locked = record.integration.target.locked_until
    found = []
    posting_date = record_decisions.posting_date(record)
    if posting_date is not None and (locked is None or posting_date > locked):
        found.append(Choice(posting_date.isoformat(), in_full(posting_date), ("the source's posting date",)))
    if locked is not None:
        first = locked + timedelta(days=1)
        if first != posting_date:
            found.append(Choice(first.isoformat(), in_full(first), ("the first open day",)))
    return found


def _redate(records: Sequence[Record], by: User, answer: Answer) -> Result:
    return record_decisions.redate(records, by, answer.reason, date.fromisoformat(answer.choice))


ACTIONS: Mapping[str, RecordAction] = {
    action.slug: action
    for action in (
        RecordAction(
            "release",
            "Release",
            "Release and translate again?",
            "The source is read again and translated with today's tables. What is complete is posted on the next run.",
            "release_record",
            lambda record: _allows(record, Action.RELEASE),
            lambda records, by, _answer: release.release(records, by),
            icon="play_arrow",
        ),
        RecordAction(
            "approve",
            "Approve",
            "Approve exactly what is shown?",
            "The approval holds for this content only and lapses when the source or a table changes it.",
            "approve_record",
            lambda record: _allows(record, Action.APPROVE) and record.hold_reason != OVER_BUDGET,
            lambda records, by, answer: record_decisions.approve(records, by, answer.reason, answer.shown),
            needs_reason=True,
            icon="verified",
            rehearses=True,
            binds=ITS_HOLD,
        ),
        RecordAction(
            "approve-over-budget",
            "Approve over budget",
            "Approve what is more than the budget has left?",
            "The budget is read now, and once more when the order is written. Where the excess has grown by then, the "
            "approval no longer holds.",
            "approve_over_budget",
            lambda record: record.work in STOPPED and record.hold_reason == OVER_BUDGET,
            lambda records, by, answer: record_decisions.approve(records, by, answer.reason),
            needs_reason=True,
            icon="price_check",
        ),
        RecordAction(
            "ask-over-budget",
            "Ask for approval",
            "Ask somebody else to approve what is more than the budget has left?",
            "Whoever may approve it is told, with your note. You cannot approve it yourself then. The order still goes "
            "on by itself when the budget has room for it.",
            "release_record",
            lambda record: record.work == Work.HELD and record.hold_reason == OVER_BUDGET,
            lambda records, by, answer: asking.ask(records, by, answer.reason),
            needs_reason=True,
            icon="contact_support",
        ),
        RecordAction(
            "reject",
            "Reject",
            "Reject what is listed here?",
            "It is not posted, and comes back for a new decision only when its source changes.",
            "approve_record",
            lambda record: _allows(record, Action.APPROVE),
            lambda records, by, answer: record_decisions.reject(records, by, answer.reason),
            needs_reason=True,
            icon="thumb_down",
        ),
        RecordAction(
            "link",
            "Link",
            "Is this document the bill?",
            "Nothing is created. Both totals and dates are kept, and a difference stays listed.",
            "link_record",
            lambda record: _allows(record, Action.LINK) and not bill_decisions.is_project_bill(record),
            lambda records, by, answer: linking.link(records, by, answer.reason, answer.choice),
            needs_reason=True,
            icon="link",
            choosing=Choosing(
                "Which document is it?",
                ("Date", "Status", "Total"),
                _bills_to_link,
                "No document of this vendor or number stands in the target.",
            ),
        ),
        RecordAction(
            "link-order",
            "Choose the order",
            "Does this bill belong to that order?",
            "It is entered against the order's commitment, whatever its number names.",
            "link_record",
            lambda record: _is_to_be_entered(record, Action.LINK),
            lambda records, by, answer: bill_decisions.link_order(records, by, answer.reason, answer.choice),
            needs_reason=True,
            icon="link",
            choosing=Choosing(
                "Which order is it?",
                ("Date", "Left", "Ordered", "Project"),
                _orders_to_link,
                "This supplier has no order that stands in a project, or will.",
                "named by the bill",
            ),
        ),
        RecordAction(
            "choose-line",
            "Choose a line",
            "Does this line of the bill belong to that line of the order?",
            "It is entered there without a limit. Each line of the bill is chosen by itself.",
            "link_record",
            lambda record: _is_to_be_entered(record, Action.LINK),
            lambda records, by, answer: bill_decisions.choose_line(records, by, answer.reason, answer.choice),
            needs_reason=True,
            icon="rule",
            choosing=Choosing(
                "Which line is it?",
                ("Bills", "Goes to", "Left"),
                _lines_to_choose,
                "It is not known yet to which order the bill belongs. Choose the order first.",
                "has room for it",
                "link-order",
            ),
        ),
        RecordAction(
            "not-project-cost",
            "Not project cost",
            "Leave this bill out of every project?",
            "Nothing of it is entered, and it is listed until somebody has reviewed it. "
            "Above the limit for approvals a second person decides.",
            "exclude_record",
            lambda record: _is_to_be_entered(record, Action.EXCLUDE),
            lambda records, by, answer: bill_decisions.leave_out(records, by, answer.reason),
            needs_reason=True,
            icon="remove_shopping_cart",
        ),
        RecordAction(
            "post-beside",
            "Post beside",
            "Post it although something that looks like it stands there already?",
            "A second person decides. The supplier would be owed both.",
            "post_beside_record",
            lambda record: record.work == Work.HELD and _allows(record, Action.POST_BESIDE),
            lambda records, by, answer: record_decisions.post_beside(records, by, answer.reason, answer.shown),
            needs_reason=True,
            icon="library_add",
            rehearses=True,
            binds=POST_BESIDE,
        ),
        RecordAction(
            "redate",
            "Post on another date",
            "Post it on another date than its own?",
            "A second person decides. Both dates stay on the record.",
            "redate_record",
            lambda record: record.work == Work.HELD and _allows(record, Action.REDATE),
            _redate,
            needs_reason=True,
            icon="event",
            choosing=Choosing("On which date?", ("Why this one",), _days_to_post_on, "No period is closed there now."),
        ),
        RecordAction(
            "replay",
            "Replay",
            "Read the source again and translate with today's tables?",
            "Never makes a second document: what stands in the target is updated or left alone.",
            "replay_record",
            _may_be_replayed,
            lambda records, by, _answer: release.replay(records, by),
            icon="replay",
            rehearses=True,
        ),
        RecordAction(
            "exclude",
            "Exclude",
            "Never post what is listed here?",
            "Nothing is removed in the target. An excluded record can be included again. "
            "Above the limit for approvals a second person decides.",
            "exclude_record",
            _may_be_excluded,
            lambda records, by, answer: record_decisions.exclude(records, by, answer.reason),
            needs_reason=True,
            icon="block",
        ),
        RecordAction(
            "include",
            "Include again",
            "Let it be posted after all?",
            "The source is read again and translated with today's tables.",
            "exclude_record",
            lambda record: record.work == Work.EXCLUDED_PERSON,
            lambda records, by, answer: record_decisions.include(records, by, answer.reason),
            needs_reason=True,
            icon="undo",
        ),
    )
}


def permitted(user: User, record: Record) -> list[RecordAction]:
    """The buttons of a record's page: what its state allows and this person may."""
    return [action for action in ACTIONS.values() if user.has_perm(action.full_permission) and action.fits(record)]


def totals(records: Iterable[Record]) -> dict[str, Decimal]:
    """Amounts per currency, never added across them (A59)."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for record in records:
        found[record.currency] += record.amount
    return dict(found)
