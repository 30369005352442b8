"""The closed list of hold reasons: who can clear each, what it means, and what may be done about it (E12)."""

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    RELEASE = "release"
    REPLAY = "replay"
    EXCLUDE = "exclude"
    APPROVE = "approve"
    LINK = "link"
    POST_BESIDE = "post beside"
    REDATE = "release on another date"


@dataclass(frozen=True, slots=True)
class HoldReason:
    """`owner` is the role that clears it; `releases_itself` says that mending the cause is enough."""

    slug: str
    label: str
    owner: str
    meaning: str
    actions: frozenset[Action]
    releases_itself: bool = False
    pauses_batch: bool = False


STAFF, SUPERVISOR, ADMINISTRATOR, OPERATOR = (
    "Accounting staff",
    "Supervisor",
    "Integration administrator",
    "Operator",
)
_USUAL = frozenset({Action.RELEASE, Action.REPLAY, Action.EXCLUDE})
_CHECK_SOURCE = frozenset({Action.REPLAY, Action.EXCLUDE})
VENDOR_APPROVAL = "vendor-approval"

_REASONS = (
    HoldReason(
        "missing-mapping",
        "missing mapping",
        STAFF,
        "A lookup table has no row for a code of this document. "
        "Add the row; everything that waits for it goes on by itself.",
        _CHECK_SOURCE,
        True,
        True,
    ),
    HoldReason(
        "tax-not-mapped",
        "tax not mapped",
        STAFF,
        "The set of taxes on a line has no row in the tax table. Choose the target's tax code for it.",
        _CHECK_SOURCE,
        True,
        True,
    ),
    HoldReason(
        "missing-vendor",
        "missing vendor",
        STAFF,
        "The vendor is not linked to one in the target. Link it, or create it there.",
        _CHECK_SOURCE,
        True,
        True,
    ),
    HoldReason(
        "missing-payee",
        "card provider or employee not linked",
        STAFF,
        "What a card paid is owed to the card's provider, an expense to the employee, and they are not linked to a "
        "contact in the target. Link them; no contact is ever created for them.",
        _CHECK_SOURCE,
        True,
        True,
    ),
    HoldReason(
        "unknown-payee",
        "card provider or employee not known",
        STAFF,
        "What a card paid is owed to the card's provider, an expense to the employee, and procurement does not say "
        "who that is. Name them in its list of vendors.",
        _CHECK_SOURCE,
        True,
    ),
    HoldReason(
        "not-a-supplier",
        "vendor is no supplier",
        STAFF,
        "The vendor is a one-time vendor, an employee or of another kind that never becomes a contact. Choose a "
        "regular vendor on the document in procurement.",
        _CHECK_SOURCE,
        True,
    ),
    HoldReason(
        "ambiguous-vendor",
        "ambiguous vendor",
        STAFF,
        "Several vendors in the target could be meant. Choose the right one.",
        _CHECK_SOURCE,
        True,
        True,
    ),
    HoldReason(
        "inactive-account",
        "inactive account",
        STAFF,
        "A mapped account, tax code or tracking option was "
        "archived in the target. Map another one or restore it there.",
        _USUAL,
        True,
    ),
    HoldReason(
        "inactive-vendor",
        "inactive vendor",
        STAFF,
        "The linked vendor is archived in the target. Restore it there or link another one.",
        _USUAL,
        True,
    ),
    HoldReason(
        "invalid-source",
        "invalid source document",
        STAFF,
        "The source's document cannot be read or does not add up. Correct it at the source.",
        _CHECK_SOURCE,
    ),
    HoldReason(
        "tax-differs",
        "tax differs from its rate",
        STAFF,
        "The source's tax is not what the mapped tax code gives. Correct the tax at the source or map another code.",
        _USUAL,
    ),
    HoldReason(
        "closed-period",
        "closed period",
        SUPERVISOR,
        "The document's date lies in a closed period.",
        _CHECK_SOURCE | {Action.REDATE},
    ),
    HoldReason(
        "currency-not-enabled",
        "currency not enabled",
        STAFF,
        "The target company does not use this currency. Add it there.",
        _USUAL,
        True,
    ),
    HoldReason(
        "rejected-by-target", "rejected by target", STAFF, "The target refused the document and said why.", _USUAL
    ),
    HoldReason(
        "possible-duplicate",
        "possible duplicate",
        SUPERVISOR,
        "A bill that looks like this one already stands "
        "in the target. Exclude this one, or post it beside with a reason.",
        _CHECK_SOURCE | {Action.LINK, Action.POST_BESIDE},
    ),
    HoldReason(
        "order-booked",
        "order already booked",
        SUPERVISOR,
        "Somebody already booked this order's draft.",
        _CHECK_SOURCE | {Action.LINK, Action.POST_BESIDE},
    ),
    HoldReason(
        "changed-after-posting",
        "changed after posting",
        STAFF,
        "The source changed after its draft was touched by somebody in the target. Compare both and correct by hand.",
        _CHECK_SOURCE,
    ),
    HoldReason(
        "withdrawn-after-posting",
        "withdrawn after posting",
        SUPERVISOR,
        "The source withdrew a document that is no longer ours to remove. Void or keep it in the target.",
        _CHECK_SOURCE,
    ),
    HoldReason(
        "removed-in-target",
        "removed in target",
        SUPERVISOR,
        "Somebody removed our document in the target. It is never made again without a decision.",
        _CHECK_SOURCE | {Action.APPROVE},
    ),
    HoldReason(
        "closed-short",
        "closed short",
        SUPERVISOR,
        "The order was closed with less received than ordered.",
        _CHECK_SOURCE | {Action.APPROVE},
    ),
    HoldReason(
        "paid-at-source",
        "paid at source",
        SUPERVISOR,
        "It was already paid when first seen; posting it could have it paid again.",
        _CHECK_SOURCE | {Action.APPROVE},
    ),
    HoldReason("zero-total", "zero total", SUPERVISOR, "The document's total is exactly zero.", _CHECK_SOURCE),
    HoldReason("credit", "credit", SUPERVISOR, "The total is negative: a supplier's credit.", _CHECK_SOURCE),
    HoldReason(
        "straddles-start",
        "straddles start date",
        SUPERVISOR,
        "Its date and its approval lie on different "
        "sides of the start date. Decide whether it belongs to this integration.",
        _CHECK_SOURCE | {Action.APPROVE},
    ),
    HoldReason(
        "spans-companies",
        "spans companies",
        STAFF,
        "Its lines belong to more than one company. Split it at the source.",
        _CHECK_SOURCE,
    ),
    HoldReason(
        "cannot-represent",
        "cannot be represented",
        STAFF,
        "The target has no way to hold this document as it is.",
        _CHECK_SOURCE,
    ),
    HoldReason(
        "no-permission",
        "no permission",
        ADMINISTRATOR,
        "The user or application that connected the target may not do this there.",
        _USUAL,
        True,
    ),
    HoldReason(
        "awaiting-approval",
        "awaiting approval",
        SUPERVISOR,
        "The approval rule covers this document.",
        frozenset({Action.APPROVE, Action.EXCLUDE}),
    ),
    HoldReason("over-billed", "over-billed", SUPERVISOR, "More is billed than was ordered.", _USUAL | {Action.APPROVE}),
    HoldReason(
        "billed-figures-disagree", "billed figures disagree", STAFF, "Two totals of the bill disagree.", _CHECK_SOURCE
    ),
    HoldReason(
        "needs-link", "needs link", STAFF, "Choose what this document belongs to.", _CHECK_SOURCE | {Action.LINK}
    ),
    HoldReason(
        "second-person",
        "waits for a second person",
        SUPERVISOR,
        "Somebody else must decide this.",
        frozenset({Action.APPROVE}),
    ),
    HoldReason(
        "over-budget",
        "over budget",
        SUPERVISOR,
        "The order is more than the budget has left. Raise the project's budget, or approve what is too much.",
        frozenset({Action.APPROVE, Action.EXCLUDE}),
        True,
    ),
    HoldReason(
        "no-project",
        "no project",
        STAFF,
        "Its lines name no project, or more than one. Give all of them the same project in the source.",
        _CHECK_SOURCE,
    ),
    HoldReason(
        "currency-differs",
        "other currency than the project",
        STAFF,
        "A project counts in one currency, and nothing is converted. Correct the document, or enter it by hand.",
        _CHECK_SOURCE,
    ),
    HoldReason(
        "retention",
        "retention or tax withheld",
        SUPERVISOR,
        "Part of it is retention, or tax withheld from the payment. It is entered in the project by hand.",
        _CHECK_SOURCE,
    ),
    HoldReason(
        "credit-note",
        "credit note on a bill",
        SUPERVISOR,
        "A credit note was applied to the bill, so that part of it was never paid. It is entered by hand.",
        _CHECK_SOURCE,
    ),
    HoldReason(
        "no-open-period",
        "no open billing period",
        STAFF,
        "The project has no open billing period, and none is ever made for it. Open one there.",
        _USUAL,
        True,
    ),
    HoldReason(
        "commitment-not-approved",
        "commitment not approved",
        STAFF,
        "Bills are entered against approved commitments only. Approve the commitment in the project.",
        _USUAL,
        True,
    ),
    HoldReason(
        "already-direct-cost",
        "already a direct cost",
        SUPERVISOR,
        "The bill stands in the project as a direct cost and would count twice. Remove the direct cost there first.",
        _USUAL,
        True,
    ),
    HoldReason(
        "differs-in-project",
        "stands otherwise in the project",
        STAFF,
        "What stands in the project is not what was written, to the cent. Nothing more is written of it until it is.",
        _USUAL,
    ),
    HoldReason(
        "later-requisition",
        "followed by a later requisition",
        SUPERVISOR,
        "Another bill was entered against the same commitment since, and only the newest can be taken back.",
        _CHECK_SOURCE,
    ),
    HoldReason(
        "vendor-conflict", "vendor changed on both sides", STAFF, "Choose per field which side is right.", _CHECK_SOURCE
    ),
    HoldReason(
        "vendor-proposal",
        "first list of vendors",
        STAFF,
        "Nothing is written to vendors before a person has confirmed the first list.",
        _CHECK_SOURCE,
        True,
    ),
    HoldReason(
        VENDOR_APPROVAL,
        "vendor waits for approval",
        SUPERVISOR,
        "A new vendor, or a change of who is paid, waits for somebody's approval, "
        "on the vendor's page or among what waits for a decision.",
        frozenset({Action.EXCLUDE}),
        True,
    ),
    HoldReason("name-taken", "name taken", STAFF, "Another vendor of that name stands in the target.", _USUAL),
    HoldReason(
        "internal-error",
        "internal error",
        OPERATOR,
        "Something went wrong inside Counterfoil. Replay it: what stands is looked at before anything is written. "
        "Tell the operator if it happens again.",
        _USUAL,
    ),
)

HOLD_REASONS = {reason.slug: reason for reason in _REASONS}


def label_of(slug: str) -> str:
    return HOLD_REASONS[slug].label if slug in HOLD_REASONS else slug
