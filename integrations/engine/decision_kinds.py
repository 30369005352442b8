"""The kinds of decisions people take: what each lets pass, who may take it, and whether it always takes two (E11)."""

from collections.abc import Mapping
from dataclasses import dataclass

from integrations.hold_reasons import HOLD_REASONS, Action

APPROVAL = "awaiting-approval"
POST_BESIDE = "post-beside"
REDATE = "redate"
LINK = "link"
LINK_ORDER = "link-order"
CHOOSE_LINE = "choose-line"
NOT_PROJECT_COST = "not-project-cost"
EXCLUDE = "exclude"
REJECT = "reject"
SETTING = "setting"
PROJECT_SETTING = "project-setting"
COMPANY_PARTS = "company-parts"
LEAVE_TRIAL = "leave-trial"
PASS_PAUSE = "pass-pause"  # noqa: S105  (no secret: the rest of a paused batch goes on)
DRIFT_ACCEPT = "drift-accept"
DRIFT_RESTORE = "drift-restore"
VENDOR_CHANGE = "vendor-change"
VENDOR_CREATE = "vendor-create"
VENDOR_CONFLICT = "vendor-conflict"
VENDOR_APART = "vendor-apart"
FIRST_VENDORS = "first-vendors"
OVER_BUDGET = "over-budget"

APPROVE_RECORD = "integrations.approve_record"
DECIDE_SETTING = "integrations.decide_setting"
DECIDE_VENDOR = "integrations.decide_vendor"
ACCEPT_DRIFT = "integrations.accept_drift"
RESTORE_DRIFT = "integrations.restore_drift"
START_POSTING = "integrations.post_integration"
APPROVE_OVER_BUDGET = "integrations.approve_over_budget"
# Who works on held documents may ask for it.
ASK_OVER_BUDGET = "integrations.release_record"


@dataclass(frozen=True, slots=True)
class DecisionKind:
    """`permission` is of whoever decides; `two_people` that nobody takes it alone, whatever the amount (A93).

    `lets_pass` are the hold reasons that no longer stop a record once this was approved for what will be posted.
    `removes` says that it takes a liability out of sight, so that it is listed until somebody reviewed it (A96).
    """

    slug: str
    label: str
    permission: str = APPROVE_RECORD
    two_people: bool = False
    lets_pass: frozenset[str] = frozenset()
    removes: bool = False


KINDS: Mapping[str, DecisionKind] = {
    kind.slug: kind
    for kind in (
        DecisionKind(
            POST_BESIDE,
            "post beside an existing document",
            two_people=True,
            lets_pass=frozenset(slug for slug, reason in HOLD_REASONS.items() if Action.POST_BESIDE in reason.actions),
        ),
        DecisionKind(
            REDATE,
            "post on another date",
            two_people=True,
            lets_pass=frozenset(slug for slug, reason in HOLD_REASONS.items() if Action.REDATE in reason.actions),
        ),
        DecisionKind(LINK, "link to an existing document", removes=True),
        DecisionKind(LINK_ORDER, "enter the bill against an order"),
        DecisionKind(CHOOSE_LINE, "enter a line of the bill against a line of its order"),
        DecisionKind(NOT_PROJECT_COST, "leave out as no project cost", removes=True),
        DecisionKind(EXCLUDE, "exclude", removes=True),
        DecisionKind(REJECT, "reject", removes=True),
        DecisionKind(SETTING, "loosen a setting", DECIDE_SETTING, two_people=True),
        DecisionKind(PROJECT_SETTING, "loosen a setting of projects", DECIDE_SETTING, two_people=True),
        DecisionKind(COMPANY_PARTS, "change what belongs to a company", DECIDE_SETTING, two_people=True),
        DecisionKind(OVER_BUDGET, "approve: over budget", APPROVE_OVER_BUDGET, lets_pass=frozenset({OVER_BUDGET})),
        DecisionKind(LEAVE_TRIAL, "leave trial mode", START_POSTING, two_people=True),
        DecisionKind(PASS_PAUSE, "let the rest of a paused batch go on", "integrations.pass_pause_integration"),
        DecisionKind(DRIFT_ACCEPT, "accept what was edited in the target", ACCEPT_DRIFT, removes=True),
        DecisionKind(DRIFT_RESTORE, "restore what was edited in the target", RESTORE_DRIFT),
        DecisionKind(VENDOR_CHANGE, "change a vendor in accounting", DECIDE_VENDOR),
        DecisionKind(VENDOR_CREATE, "create a vendor", DECIDE_VENDOR),
        DecisionKind(VENDOR_CONFLICT, "settle a vendor changed on both sides", DECIDE_VENDOR),
        DecisionKind(VENDOR_APART, "tell a vendor from those like it", DECIDE_VENDOR),
        DecisionKind(FIRST_VENDORS, "confirm the first list of vendors", DECIDE_VENDOR),
    )
}
REMOVALS = frozenset(slug for slug, kind in KINDS.items() if kind.removes)


def kind_of(slug: str) -> DecisionKind:
    """Every hold reason that may be approved is a kind of its own: it lets pass exactly that reason."""
    if slug in KINDS:
        return KINDS[slug]
    reason = HOLD_REASONS.get(slug)
    label = f"approve: {reason.label}" if reason else slug.replace("-", " ")
    return DecisionKind(slug, label, lets_pass=frozenset({slug}))
