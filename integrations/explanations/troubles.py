"""Trouble with a connection, row by row: the error tables of the systems' pages, and what the way there can do."""

from collections.abc import Mapping

from integrations import errors
from integrations.explanations.rows import ADMINISTRATOR, NOBODY, OPERATOR, STAFF, Place, Row, catalogue

_CONNECTION, _REQUESTS = Place.CONNECTION, Place.REQUESTS
_GOES_ON = "What waited goes on by itself with the next run after that."
_NOTHING_LOST = "Nothing was posted, and nothing is lost."

_ROWS = (
    # The access itself
    Row(
        "suspended",
        "{system} suspended our access: it refuses even to say who we are.",
        ADMINISTRATOR,
        _CONNECTION,
        "Every call has stopped. Ask {support} why. It is asked every six hours or less often whether access is back, "
        "and everything goes on by itself then; or press “Resume” once they say so.",
    ),
    Row(
        "keys-no-longer-taken",
        "{system} no longer takes the keys that worked before: access was suspended, or somebody there removed the "
        "application or the user who made it.",
        ADMINISTRATOR,
        _CONNECTION,
        "Every call has stopped. Look there whether application and user still exist and type new keys if not; "
        "otherwise ask {support}. It is asked again every six hours or less often.",
    ),
    Row(
        "refused-everything",
        "{system} has refused every call for half an hour, which is how it suspends access.",
        ADMINISTRATOR,
        _CONNECTION,
        "Every call has stopped. Ask {support} why. It is asked every six hours or less often whether access is back.",
    ),
    Row(
        "suspended-by-hand",
        "Somebody stopped all calls to {system} by hand.",
        ADMINISTRATOR,
        _CONNECTION,
        "Nothing is asked of it until somebody presses “Resume”.",
    ),
    Row(
        "signed-out",
        "The sign-in to {system} has ended.",
        ADMINISTRATOR,
        _CONNECTION,
        f"Press “Reconnect” and sign in. {_GOES_ON}",
    ),
    Row(
        "shut-out",
        "{system} refuses our access, also after it was renewed.",
        ADMINISTRATOR,
        _CONNECTION,
        f"Connect it again. {_GOES_ON}",
    ),
    Row(
        "company-left",
        "This company is no longer connected in {system}: somebody disconnected Counterfoil there.",
        ADMINISTRATOR,
        _CONNECTION,
        f"Press “Reconnect” and choose the same company. {_GOES_ON}",
    ),
    Row(
        "keys-refused",
        "{system} refused the client id or the client secret.",
        ADMINISTRATOR,
        _CONNECTION,
        f"Type the keys of the application again. {_GOES_ON}",
    ),
    Row(
        "reconnect",
        "{own}",
        ADMINISTRATOR,
        _CONNECTION,
        f"Connect it again. {_GOES_ON}",
    ),
    Row(
        "scope-missing",
        "The sign-in to {system} was granted less than is needed here.",
        ADMINISTRATOR,
        _CONNECTION,
        f"Press “Reconnect” and grant everything that is asked for. {_GOES_ON}",
    ),
    Row(
        "permission",
        "The user who connected {system} may not see or do everything that is needed there.",
        ADMINISTRATOR,
        _CONNECTION,
        "Give that user the missing role in {system}; “Test connection” names it. The rest goes on meanwhile.",
    ),
    Row(
        "app-not-connected",
        "The application is no longer connected to this company in {system}.",
        ADMINISTRATOR,
        _CONNECTION,
        "Ask an administrator of {system} to install it in the company again, then press “Test connection”. "
        f"{_GOES_ON}",
    ),
    Row(
        "tool-permission",
        "{system} does not let the application see or do something: a project is not on its list of permitted "
        "projects, or the permission of a tool is missing.",
        ADMINISTRATOR,
        _CONNECTION,
        "An administrator of {system} has to permit the project or the tool, and do both again after each update of "
        "the application; “Test connection” names what is missing. The rest goes on meanwhile.",
    ),
    # Settings
    Row(
        "configuration",
        "{own}",
        ADMINISTRATOR,
        _CONNECTION,
        "Nothing runs through it until that is corrected; everything waits.",
    ),
    Row(
        "sent-elsewhere",
        "{system} sends our calls on to another address, which is not followed.",
        ADMINISTRATOR,
        _CONNECTION,
        "Check whether the account has moved, and connect it again under its new address. Everything waits.",
    ),
    # Limits
    Row(
        "throttled-minute",
        "{system} asks for a short pause.",
        NOBODY,
        _CONNECTION,
        "It goes on by itself when the pause is over.",
    ),
    Row(
        "throttled-hour",
        "The calls that {system} allows in an hour are used up.",
        NOBODY,
        _CONNECTION,
        "It goes on by itself when {system} counts anew. If that happens often, run less often.",
    ),
    Row(
        "throttled-concurrent",
        "{system} was asked too many things at one time.",
        NOBODY,
        _CONNECTION,
        "It goes on by itself in a moment.",
    ),
    Row(
        "throttled-app",
        "{system} asks every customer of this application for a pause.",
        NOBODY,
        _CONNECTION,
        "It goes on by itself when the pause is over.",
    ),
    Row(
        "throttled-day",
        "The calls that {system} allows in a day are used up.",
        ADMINISTRATOR,
        _CONNECTION,
        "It goes on by itself when {system} counts anew. If that happens often, run less often or choose a larger "
        "plan there.",
    ),
    Row(
        "too-large",
        "{system} took too long to answer, so it will be asked for less at a time.",
        NOBODY,
        _REQUESTS,
        "It is tried again by itself, in smaller parts.",
    ),
    # The way there
    Row(
        "unreachable",
        "{system} could not be reached, or did not answer.",
        NOBODY,
        _CONNECTION,
        "It is tried again by itself. If it lasts, tell the operator to check the network.",
    ),
    Row(
        "out-of-order",
        "{system} is out of order or under maintenance.",
        NOBODY,
        _CONNECTION,
        "It is tried again by itself; its status page says more.",
    ),
    Row(
        "unreadable-answer",
        "{system} answered with something that is not what its documentation says, perhaps a maintenance page.",
        NOBODY,
        _REQUESTS,
        "It is tried again by itself. If it lasts, tell the operator.",
    ),
    Row("busy", "Another worker is renewing the access to {system}.", NOBODY, _CONNECTION, "It goes on in a moment."),
    Row(
        "not-sent",
        "A document was about to leave for {system}, and provably did not.",
        NOBODY,
        Place.RECORD,
        "It is sent anew by itself.",
    ),
    Row(
        "outcome-unknown",
        "A document was sent to {system} and no answer came: not sure, checking.",
        NOBODY,
        Place.RECORD,
        "When it must have ended, it is looked up there; it is never sent twice.",
    ),
    Row(
        "gone",
        "{system} no longer shows this document: it was deleted there, or our user may no longer see it.",
        STAFF,
        Place.SOURCE,
        "That alone is no withdrawal, so nothing was changed. Look for it there; then replay or exclude the record.",
    ),
    Row(
        "filter-ignored",
        "{system} answered with other rows than were asked for, so reading stopped before something was missed.",
        OPERATOR,
        _REQUESTS,
        f"{_NOTHING_LOST} It is tried again with the next run; if it happens again, tell the developers.",
    ),
    Row(
        "call-refused",
        "{system} did not understand what Counterfoil asked: a mistake of ours, or a change of theirs.",
        OPERATOR,
        _REQUESTS,
        f"{_NOTHING_LOST} Tell the developers; the call stands in the list of calls.",
    ),
    Row(
        "rejected",
        "{system} refused a document.",
        STAFF,
        Place.RECORD,
        "It is held with what was said; correct the cause and release it.",
    ),
    Row("held", "{own}", STAFF, Place.RECORD, "It is held until that is mended."),
    Row(
        "internal",
        "Something went wrong inside Counterfoil.",
        OPERATOR,
        Place.INTEGRATION,
        f"{_NOTHING_LOST} The log of the workers says more; tell the developers.",
    ),
)

TROUBLES = catalogue(_ROWS)

# The nearest class decides where an error names no cause of its own.
_BY_CLASS: Mapping[type[errors.CounterfoilError], str] = {
    errors.CounterfoilError: "internal",
    errors.RetryLaterError: "unreachable",
    errors.NotSentError: "not-sent",
    errors.RequestTooLargeError: "too-large",
    errors.ReconnectError: "reconnect",
    errors.NeedsPermissionError: "permission",
    errors.SuspendedError: "suspended",
    errors.TokenExpiredError: "shut-out",
    errors.HoldRecordError: "held",
    errors.RejectedError: "rejected",
    errors.GoneError: "gone",
    errors.OutcomeUnknownError: "outcome-unknown",
    errors.UnreadableAnswerError: "unreadable-answer",
    errors.FilterIgnoredError: "filter-ignored",
    errors.ConfigurationError: "configuration",
    errors.ProgrammingError: "call-refused",
}


def cause_of(error: errors.CounterfoilError) -> str:
    """The row that explains it."""
    if error.cause:
        return error.cause
    if isinstance(error, errors.ThrottledError):
        return f"throttled-{error.window}"
    return next(_BY_CLASS[kind] for kind in type(error).__mro__ if kind in _BY_CLASS)


def sentence(error: errors.CounterfoilError, *, system: str = "", support: str = "") -> str:
    """What happened, in words that may be kept and shown: never the vendor's alone, never an address or a number."""
    row = TROUBLES[cause_of(error)]
    about = system or error.about or "The other system"
    return row.what.format(system=about, support=support or "its support", own=str(error))
