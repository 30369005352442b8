"""What a flag asks people to look at. A flag moves no record: the document stands, or goes on, as it does."""

from integrations.explanations.rows import STAFF, SUPERVISOR, Place, Row, catalogue

_STANDS = "The document stays where it is until somebody has looked at it."

_ROWS = (
    Row(
        "total-differs",
        "What stands in the target has another total than the source.",
        STAFF,
        Place.RECORD,
        "Correct that same document in the target; the flag goes when both are equal.",
    ),
    Row(
        "date-shifted",
        "The target stored another date than was sent.",
        STAFF,
        Place.TARGET,
        "Look at the date in the target and correct it there if it counts in the wrong month.",
    ),
    Row(
        "tracking-dropped",
        "The target kept other tracking than was sent.",
        STAFF,
        Place.TRACKING,
        "Correct the tracking in the target, and the table so that it does not happen again.",
    ),
    Row(
        "edited-in-target",
        "Somebody changed in the target what we wrote.",
        STAFF,
        Place.RECORD,
        "Compare both sides, and accept theirs or restore ours.",
    ),
    Row(
        "left-company",
        "It stands in this company's books, but its locations or departments belong to another company now.",
        SUPERVISOR,
        Place.TARGET,
        "Leave it there, and exclude it in the other company; or remove it in the target, then the other company's "
        "record can be released. The flag goes when it is removed, or belongs here again.",
    ),
    Row(
        "kept-out",
        "Part of the document is on accounts marked as not project cost, and was kept out of the project.",
        STAFF,
        Place.RECORD,
        "Nothing has to be done if the mark is right; change it in the table of cost codes if it is not.",
    ),
    Row(
        "late-in-period",
        "The bill is dated before the open billing period of its project, and went into that one with its own date.",
        STAFF,
        Place.RECORD,
        "Nothing has to be done unless the project reports by the bill's own date.",
    ),
    Row(
        "direct-cost",
        "The bill names no order and became a direct cost of its project.",
        STAFF,
        Place.RECORD,
        "If it belongs to an order, remove the direct cost in the project and choose the order here.",
    ),
    Row(
        "possible-duplicate",
        "Another bill of this vendor has the same total and date, under another number.",
        STAFF,
        Place.RECORD,
        "Look at both in the target; remove one there if it is the same bill.",
    ),
    Row(
        "paid-at-source",
        "It was paid in procurement.",
        STAFF,
        Place.TARGET,
        "Do not pay it again: enter the payment there, or match it when the bank statement comes.",
    ),
    Row(
        "re-dated",
        "The document is dated on another day than in the source, since the period was closed.",
        SUPERVISOR,
        Place.RECORD,
        _STANDS,
    ),
    Row(
        "self-approved",
        "The same person created and approved it at the source.",
        SUPERVISOR,
        Place.RECORD,
        _STANDS,
    ),
    Row(
        "linked-differs",
        "The document that it was linked to has another total or date.",
        STAFF,
        Place.RECORD,
        "The difference stays listed until somebody has looked at both and clears it.",
    ),
    Row(
        "file-not-attached",
        "A supplier's file could not be attached to the bill in the target.",
        STAFF,
        Place.RECORD,
        "The bill itself stands. What may pass is tried again by itself; when the cause is mended, replay the record, "
        "or attach the file in the target by hand and close the flag.",
    ),
    Row(
        "approved-by-nobody",
        "The source names nobody who approved it.",
        SUPERVISOR,
        Place.RECORD,
        _STANDS,
    ),
    Row(
        "billed-before-receipt",
        "More of its order is billed than was received.",
        STAFF,
        Place.SOURCE,
        "Ask whether the goods came: enter the receipt at the source, or keep the bill unpaid until they do.",
    ),
    Row(
        "payment-cancelled",
        "Its payment was cancelled in procurement, and the document still says that it was paid.",
        STAFF,
        Place.TARGET,
        "It is owed again: take the words off the document in the target, and pay it as usual.",
    ),
    Row(
        "back-for-approval",
        "It went back for approval at the source after it was posted.",
        STAFF,
        Place.SOURCE,
        "What was posted stands; it follows once the source has approved it again.",
    ),
    Row(
        "no-order",
        "The bill belongs to no order, and bills come from purchase orders.",
        STAFF,
        Place.TARGET,
        "Nothing of it is posted: enter it in the target by hand if it is owed.",
    ),
    Row(
        "no-number",
        "The supplier gave no number; the document bears one that we made.",
        STAFF,
        Place.SOURCE,
        "Compare it with the paper, and enter the supplier's number at the source.",
    ),
    Row(
        "due-date-computed",
        "The source names no due date; it was computed from payment terms.",
        STAFF,
        Place.RECORD,
        _STANDS,
    ),
    Row(
        "no-due-date",
        "Neither the source nor any payment terms say when it is due.",
        STAFF,
        Place.TARGET,
        "Enter the due date in the target before it is paid.",
    ),
    Row("tax-accepted", "The target's own tax differs within what the setting accepts.", STAFF, Place.RECORD, _STANDS),
)

FLAGS = catalogue(_ROWS)


def row_of(kind: str) -> Row:
    """Of a flag without a row of its own, that it is to be looked at; its explanation says at what."""
    return FLAGS.get(kind) or Row(kind, "Somebody should look at this.", STAFF, Place.RECORD, _STANDS)
