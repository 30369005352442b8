"""Why a record waits for a person: `hold_reasons` says what it means and who clears it, this where and what then."""

from collections.abc import Mapping

from integrations.explanations.rows import Place, Row
from integrations.hold_reasons import HOLD_REASONS, Action, HoldReason

_PLACES: Mapping[str, Place] = {
    "missing-mapping": Place.RECORD,  # what is missing stands there, each with the form that adds it
    "tax-not-mapped": Place.TAXES,
    "missing-vendor": Place.VENDORS,
    "missing-payee": Place.VENDORS,
    "unknown-payee": Place.SOURCE,
    "not-a-supplier": Place.SOURCE,
    "ambiguous-vendor": Place.VENDORS,
    "inactive-account": Place.ACCOUNTS,
    "inactive-vendor": Place.VENDORS,
    "tax-differs": Place.TAXES,
    "vendor-conflict": Place.VENDORS,
    "name-taken": Place.VENDORS,
    "invalid-source": Place.SOURCE,
    "no-project": Place.SOURCE,
    "no-open-period": Place.TARGET,
    "commitment-not-approved": Place.TARGET,
    "differs-in-project": Place.TARGET,
    "already-direct-cost": Place.TARGET,
    "currency-differs": Place.SOURCE,
    "billed-figures-disagree": Place.SOURCE,
    "spans-companies": Place.SOURCE,
    "currency-not-enabled": Place.TARGET,
    "no-permission": Place.CONNECTION,
    "internal-error": Place.RECORD,
}
# What a person can do on the record's page, in the order in which it is offered.
_CHOICES: tuple[tuple[Action, str], ...] = (
    (Action.APPROVE, "approve it"),
    (Action.LINK, "link it to the document that is there"),
    (Action.POST_BESIDE, "post it beside the other one"),
    (Action.REDATE, "release it on another date"),
    (Action.RELEASE, "release it"),
    (Action.REPLAY, "replay it after a correction"),
    (Action.EXCLUDE, "exclude it with a reason"),
)


def row_of(reason: HoldReason) -> Row:
    return Row(reason.slug, reason.meaning, reason.owner, _PLACES.get(reason.slug, Place.RECORD), _next(reason))


def _next(reason: HoldReason) -> str:
    """From the reason's own row, so that a new reason is explained by what it allows."""
    choices = [words for action, words in _CHOICES if action in reason.actions]
    either = f"{', '.join(choices[:-1])} or {choices[-1]}" if len(choices) > 1 else "".join(choices)
    if reason.releases_itself:
        return f"As soon as that is mended it goes on by itself. Otherwise {either}." if either else "It then goes on."
    return f"It waits until somebody decides: {either}." if either else "It waits until the cause is mended."


HOLDS: Mapping[str, Row] = {slug: row_of(reason) for slug, reason in HOLD_REASONS.items()}
