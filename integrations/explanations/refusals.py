"""What the systems say when they refuse a document, by their own words: loosely matched, since the text may change."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from integrations.explanations.rows import OPERATOR, STAFF, SUPERVISOR, Place, Row


@dataclass(frozen=True, slots=True)
class Refusal:
    """`words` is searched in what a system said, whatever its capitals."""

    system: str
    words: re.Pattern[str]
    row: Row


_RELEASE = "Then release the record; it is translated and sent anew."
_DEVELOPERS = "Nothing was posted. Replay it; if it happens again, tell the developers what stands here."


def _row(
    system: str, slug: str, words: str, what: str, who: str, where: Place, next_: str = _RELEASE
) -> tuple[str, re.Pattern[str], Row]:
    return system, re.compile(words, re.IGNORECASE), Row(slug, what, who, where, next_)


_XERO, _PROCURIFY, _PROCORE = "xero", "procurify", "procore"
_ROWS = (
    # Xero: contacts
    _row(_XERO, "contact-archived", "contact details has been archived",
         "The vendor's contact is archived in {system}.", STAFF, Place.VENDORS,
         "Restore it in {system} under Contacts, Archived, or link another contact; the record goes on after that."),
    _row(_XERO, "name-taken", "already assigned to another contact|account number already exists",
         "{system} has another contact with this name or number.", STAFF, Place.VENDORS,
         "Link the vendor to the contact that is there, or rename one of them. Then release the record."),
    _row(_XERO, "contact-missing", r"a contact must be specified|the contact(id)? could not be found",
         "{system} no longer has the contact that this vendor is linked to.", STAFF, Place.VENDORS,
         "Link the vendor to another contact; the record goes on after that."),
    _row(_XERO, "contact-invalid",
         r"email address must be valid|contact name (must be|cannot)|country must contain|additional people|"
         r"contact with the specified contactid",
         "{system} does not take a field of this vendor as it is written.", STAFF, Place.SOURCE,
         "Correct the field that is named, at the source. Then replay the record."),
    # Xero: accounts, taxes, tracking, currency
    _row(_XERO, "account-refused",
         r"account code|account must be valid|account could not be found|account type is not valid",
         "{system} does not take this account on a bill: it is archived, deleted, or of a kind that bills cannot use.",
         STAFF, Place.ACCOUNTS,
         "Choose another account in the table, or restore it in {system}. Then release the record."),
    _row(_XERO, "tax-refused", "tax ?type code|tax rate must be valid",
         "{system} does not take this tax code here.", STAFF, Place.TAXES,
         "Choose another tax code in the table, or another account. Then release the record."),
    _row(_XERO, "tracking-refused", "tracking (categor|option)",
         "{system} does not take this tracking.", STAFF, Place.TRACKING,
         "Choose another option in the table, or restore it in {system}. Then release the record."),
    _row(_XERO, "currency-refused", "not subscribed to currency",
         "This company does not use the document's currency in {system}.", STAFF, Place.TARGET,
         "Add the currency in {system} under Settings, Currencies. Then release the record."),
    # Xero: periods, dates, numbers
    _row(_XERO, "period-closed", "lock date|document date cannot be before",
         "The document is dated in a period that is closed in {system}.", SUPERVISOR, Place.RECORD,
         "Release it on another date, or move the lock date in {system}."),
    _row(_XERO, "date-refused", "due date must be specified",
         "{system} wants a due date.", STAFF, Place.SOURCE, "Add it at the source, then replay the record."),
    _row(_XERO, "number-refused", r"# must be unique|(invoice|purchaseorder)number must not be more",
         "{system} does not take the document's number.", STAFF, Place.SOURCE,
         "Correct the number at the source, then replay the record."),
    _row(_XERO, "link-refused", "^url must",
         "{system} does not take the address of our record, which is written on each document.",
         OPERATOR, Place.INTEGRATION, "Set SITE_URL to an address that people can open. Then release the record."),
    # Xero: state and amounts
    _row(_XERO, "already-worked-on",
         "not of valid status|type of an invoice cannot be changed|payment or credit note allocated|"
         "invoice with the specified invoiceid|invoice could not be found|does not exist on this document",
         "The document in {system} can no longer be changed: it was paid, approved or removed there.",
         STAFF, Place.RECORD, "Compare both sides on the record's page and correct it in {system} by hand."),
    _row(_XERO, "amounts-refused",
         "line total|does not equal the sum|total must not be negative|discounts are not supported",
         "{system} adds the document up differently.", OPERATOR, Place.RECORD, _DEVELOPERS),
    _row(_XERO, "lines-refused",
         "line items must be specified|description must|item code|invoice type must be specified",
         "{system} does not take a line of this document as it is.", STAFF, Place.SOURCE,
         "Correct the line at the source, then replay the record."),
    _row(_XERO, "plan-limit", "reached the limit of invoices",
         "The company's plan at {system} allows no more bills this month.", STAFF, Place.TARGET,
         "Choose a larger plan there, or wait for the next month. Then release the record."),
    _row(_XERO, "payment-refused", "payment",
         "{system} did not take a payment.", STAFF, Place.TARGET, "Look at the bill's payments in {system}."),
    _row(_XERO, "file-refused", r"file name|attachments|file is empty|larger than \S+ mb",
         "{system} did not take the supplier's file.", STAFF, Place.SOURCE,
         "The bill itself stands. Attach the file in {system} by hand, or shorten it at the source."),
    _row(_XERO, "malformed",
         r"expected form|error converting|unexpected character|requested value|must have 1 to|can be given to|"
         r"is not (a date|a number|json)|idempotency key",
         "{system} did not understand what was sent.", OPERATOR, Place.RECORD, _DEVELOPERS),
    _row(_XERO, "too-long", r"must not be more than \S+ characters",
         "{system} does not take a text of this length.", STAFF, Place.SOURCE,
         "Shorten the field that is named, at the source. Then replay the record."),
    _row(_XERO, "credit-refused", "amount to allocate|credit can only be allocated|the credit and the document",
         "{system} does not take this use of a credit.", STAFF, Place.TARGET,
         "Compare the credit with what it is to pay there. Then release the record."),
    # Procurify takes vendors only
    _row(_PROCURIFY, "vendor-currency-unknown", "object does not exist|expected pk",
         "{system} does not have the currency or tax of this vendor.", STAFF, Place.SOURCE,
         "Add it in {system}. Then release the record."),
    _row(_PROCURIFY, "vendor-email-refused", "valid email|expected a list",
         "{system} does not take the vendor's e-mail address.", STAFF, Place.TARGET,
         "Correct the address in the accounting system. Then release the record."),
    _row(_PROCURIFY, "vendor-field-refused",
         r"required|may not be blank|valid string|no more than \S+ characters|valid boolean|valid choice|valid number|"
         r"valid value|valid integer",
         "{system} does not take a field of this vendor as it is written.", STAFF, Place.TARGET,
         "Correct or shorten the field in the accounting system. Then release the record."),
    _row(_PROCURIFY, "vendor-malformed", "parse error|expected a dictionary|connector must not write",
         "{system} did not understand what was sent.", OPERATOR, Place.RECORD, _DEVELOPERS),
    # Procore
    _row(_PROCORE, "vendor-not-in-project", "must be in the project directory",
         "The vendor is not in this project's directory in {system}.", STAFF, Place.TARGET,
         "Add it there, or release the record: it is added before the document is sent again."),
    _row(_PROCORE, "code-refused", "^(wbs code|cost code|line item type) id:|not a code of this project|is inactive",
         "{system} does not take this cost code in this project: it is not one of its codes, or no longer active.",
         STAFF, Place.TARGET,
         "Add or activate the code in the project, or map the line to another one. Then release the record."),
    _row(_PROCORE, "mark-taken", "^origin id:",
         "Another record of this company in {system} bears our mark already.", SUPERVISOR, Place.TARGET,
         "Look for it there. If it is the same document, link the record to it."),
    _row(_PROCORE, "number-taken", "^number: .*taken",
         "The project has another commitment with this number in {system}.", STAFF, Place.TARGET,
         "Compare the two there. If they are one, link the record to it; otherwise change the other one's number."),
    _row(_PROCORE, "no-period", "open billing period|^period id:|only one billing period",
         "The project has no billing period that is open for this invoice in {system}.", STAFF, Place.TARGET,
         "Open the period there. Then release the record."),
    _row(_PROCORE, "not-newest", "most recently created invoice",
         "{system} changes only the newest invoice of a commitment, and this one has a newer one.", STAFF, Place.TARGET,
         "Undo the newer one there first, or correct the difference by hand. Then release or exclude the record."),
    _row(_PROCORE, "locked-there", "synced with erp",
         "{system} has locked this document for the accounting integration that claimed it.", STAFF, Place.TARGET,
         "Unlock it there. Then release the record."),
    _row(_PROCORE, "over-billed", "more than the scheduled value",
         "The invoice would bill more than the commitment's line holds, which this project forbids.", STAFF,
         Place.TARGET, "Change the commitment in {system}, or the bill at the source. Then release the record."),
    _row(_PROCORE, "own-schedule", r"subcontractor.*(sov|schedule of values)|own schedule of values is not approved",
         "The vendor's own schedule of values is not approved yet in {system}.", STAFF, Place.TARGET,
         "Have it approved there. Then release the record."),
    _row(_PROCORE, "already-in-use",
         "approved contract|cannot be edited|schedule of values of a contract that is|with invoices or payments|"
         "has been invoiced|must be approved to create|"
         "once there are line items",
         "{system} does not allow this in the commitment's present status, or after it was invoiced.", STAFF,
         Place.TARGET, "Compare both sides there and correct the difference by hand. Then release or exclude."),
    _row(_PROCORE, "gone-there", "has been deleted|entity with this id not found",
         "The document was deleted in {system}.", STAFF, Place.TARGET,
         "If it is to be there, replay the record; otherwise exclude it."),
    _row(_PROCORE, "currency-refused", "multiple currencies",
         "The project does not use more than one currency in {system}.", STAFF, Place.TARGET,
         "Switch several currencies on there, or exclude the record."),
    _row(_PROCORE, "vendor-there", "already in the project directory",
         "The vendor is in the project's directory already.", STAFF, Place.RECORD, _RELEASE),
    _row(_PROCORE, "too-large", "too large",
         "The document has more lines or longer texts than {system} takes at once.", STAFF, Place.SOURCE,
         "Split it, or shorten its texts, at the source. Then replay the record."),
    _row(_PROCORE, "invoice-of-another", "not an invoice of this contract",
         "The payment names an invoice of another commitment.", OPERATOR, Place.RECORD, _DEVELOPERS),
    _row(_PROCORE, "value-refused",
         r"incompatible type|is not a number|too long|not included in the list|do not match the schedule|"
         r"can't be blank|is invalid|^at most|are taken|not a unit of measure|param is missing|may hold a-z|"
         r"no pair that is offered|item of every required segment|already been taken|maximum is|characters\)",
         "{system} did not understand a value that was sent.", OPERATOR, Place.RECORD, _DEVELOPERS),
)  # fmt: skip

REFUSALS = tuple(Refusal(*row) for row in _ROWS)
UNKNOWN = Row(
    "rejected-by-target",
    "{system} refused the document.",
    STAFF,
    Place.RECORD,
    "Correct what it names, at the source or in the tables. Then release the record.",
)


def row_of(system: str, said: Iterable[str]) -> Row:
    """What the first sentence that is known means; in doubt only that it was refused."""
    for words in said:
        for refusal in REFUSALS:
            if refusal.system == system and refusal.words.search(words):
                return refusal.row
    return UNKNOWN
