"""Billing periods of a project, of which only one can be open."""

from __future__ import annotations

from ..exchange import Answer, Json
from . import fields, filters
from .call import Call
from .company import Company, public
from .paging import listed
from .problems import Invalid

FORM: fields.Form = {
    **dict.fromkeys(("due_date", "start_date", "end_date"), fields.day),
    "status": fields.one_of("open", "closed"),
}


def list_all(call: Call) -> Answer:
    rows = list(call.company.rows("billing_periods", _project=call.project["id"]))
    found = filters.chosen(call, rows, {**filters.USUAL, "status": filters.among("status")})
    return listed(call, found, _show)


def _show(period: Json) -> Json:
    return {**public(period), "project_id": period["_project"]}


def open_period(company: Company, project: Json) -> Json | None:
    return next(company.rows("billing_periods", _project=project["id"], status="open"), None)


def create(company: Company, project: Json, sent: Json) -> Json:
    given = fields.read_fields(sent, FORM)
    for name in FORM:
        if given.get(name) is None:
            raise Invalid(**{name: "can't be blank"})
    if given["status"] == "open" and open_period(company, project) is not None:
        raise Invalid(status="Only one billing period can be open at a time")
    position = len(list(company.rows("billing_periods", _project=project["id"]))) + 1
    return company.add("billing_periods", {**given, "position": position, "_project": project["id"]})


def add(call: Call) -> Answer:
    return Answer.json(_show(create(call.company, call.project, call.wrapped("billing_period"))), 201)
