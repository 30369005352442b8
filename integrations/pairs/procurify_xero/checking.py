"""What every document passes before it is sent: the total that the target will reach, and what is flagged."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from integrations.documents import Bill
from integrations.errors import MissingMappingError
from integrations.money import figure
from integrations.pairs.flow import Hold, Note, Terms, TotalsRule, Translation
from integrations.pairs.lookups import Lookups
from integrations.pairs.order_lines import tax_within_tolerance


def checked(bill: Bill, lookups: Lookups, terms: Terms, totals: TotalsRule) -> tuple[Bill | None, list[Note]]:
    """Tax amounts are left to the target where it comes to the same, and sent where it would not (A28, A49).

    None where it would come to another total whichever way; the hold is noted in `lookups`.
    """
    try:
        chosen, tax, problem = _chosen(bill, terms, totals)
    except MissingMappingError as error:
        lookups.hold("inactive-account", str(error))
        return None, []
    if problem:
        lookups.hold(problem.reason, problem.message)
        return None, []
    if tax == bill.tax:
        return chosen, []
    said = f"The target computes {figure(tax)} tax where the source has {figure(bill.tax)}; accepted by the setting."
    return chosen, [Note("tax-accepted", said)]


def _chosen(bill: Bill, terms: Terms, totals: TotalsRule) -> tuple[Bill, Decimal, Hold | None]:
    computing = replace(bill, lines=tuple(line.left_to_compute for line in bill.lines))
    _, tax, total = totals(computing, terms.tax_rates)
    accepted = Decimal("0.01") * sum(1 for line in bill.lines if not line.is_text)
    if total == bill.total or (terms.tax_from == "target" and abs(tax - bill.tax) <= accepted):
        return computing, tax, None
    if not tax_within_tolerance(bill.tax, tax):
        said = (
            f"The source's tax is {figure(bill.tax)}, but the mapped tax codes come to {figure(tax)} {bill.currency}."
        )
        return bill, bill.tax, Hold("tax-differs", said)
    reached = totals(bill, terms.tax_rates)[2]
    if reached != bill.total:
        said = (
            f"The target would come to {figure(reached)}, the document's total is {figure(bill.total)} {bill.currency}."
        )
        return bill, bill.tax, Hold("invalid-source", said)
    return bill, bill.tax, None


def nothing(lookups: Lookups, flags: Sequence[Note] = ()) -> Translation:
    """Everything that is missing at once (E9)."""
    return Translation(
        bill=None, gaps=tuple(lookups.gaps.values()), holds=tuple(lookups.holds), flags=tuple(flags), used=used(lookups)
    )


def used(lookups: Lookups) -> tuple[tuple[str, int, int], ...]:
    return tuple((table, pk, version) for (table, pk), version in lookups.used.items())


def unseen_approval(approved_by: str, created_by: str, what: str) -> list[Note]:
    """Approved by nobody, or by whoever created it (A97)."""
    if not approved_by:
        said = f"The source names nobody who approved this {what}; it may have been approved automatically."
        return [Note("approved-by-nobody", said)]
    if approved_by != created_by:
        return []
    return [Note("self-approved", f"{approved_by} created and approved this {what}.")]
