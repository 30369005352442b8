"""Where an approved order or bill belongs by its date and its total, before anything is translated (A30, A31, A64)."""

from integrations.days import in_full
from integrations.money import figure
from integrations.pairs.flow import GOES_ON, Place, Verdict
from integrations.pairs.xero_procore.documents import Bill, Order
from integrations.pairs.xero_procore.terms import ProjectTerms


def place(document: Order | Bill, named: str, terms: ProjectTerms) -> Verdict:
    if document.date < terms.start_date:
        return Verdict(Place.BEFORE_START, f"Dated before the start date {in_full(terms.start_date)}.")
    if document.total == 0:
        return Verdict(Place.HELD, f"The {named}'s total is exactly zero.", "zero-total")
    if document.total < 0:
        said = f"The {named}'s total is {figure(document.total)} {document.currency}."
        return Verdict(Place.HELD, said, "credit")
    return GOES_ON
