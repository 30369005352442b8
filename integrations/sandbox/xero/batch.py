"""Writes of one or several elements: all or nothing, or each for itself with `summarizeErrors=false`."""

from __future__ import annotations

from collections.abc import Callable

from ..exchange import Answer, Json
from .call import Call, encoded
from .forms import Form
from .problems import Refused, not_valid

# Writes one element (as sent, as understood) and returns its stored row; raises Refused.
WriteOne = Callable[[Json, Json], Json]
ShowOne = Callable[[Json], Json]
# The flag on a refused element, where it is not HasValidationErrors.
FLAGS = {"Invoices": "HasErrors"}


def write_all(call: Call, plural: str, form: Form, write: WriteOne, show: ShowOne) -> Answer:
    """Answer a PUT or POST of documents.

    Summarised (the default), one bad element refuses the whole call and nothing is saved. Otherwise every element
    comes back in order in a 200, refused ones with their messages.
    """
    elements = call.elements(plural, form)
    if call.flag("summarizeErrors", default=True):
        return call.rows(plural, _all_or_nothing(call, elements, write, show))
    flag = FLAGS.get(plural, "HasValidationErrors")
    return call.envelope(plural, [encoded(_one_by_itself(call, each, write, show, flag)) for each in elements])


def _all_or_nothing(call: Call, elements: list[tuple[Json, Json]], write: WriteOne, show: ShowOne) -> list[Json]:
    done: list[Json] = []
    refused: list[Json] = []
    with call.organisation.attempt():
        for sent, wanted in elements:
            try:
                done.append(show(write(sent, wanted)))
            except Refused as problem:
                refused.append(problem.echo)
        if refused:
            raise not_valid(refused)
    return done


def _one_by_itself(call: Call, element: tuple[Json, Json], write: WriteOne, show: ShowOne, flag: str) -> Json:
    try:
        with call.organisation.attempt():
            return {**show(write(*element)), "StatusAttributeString": "OK"}
    except Refused as problem:
        return {**problem.echo, flag: True, "StatusAttributeString": "ERROR"}
