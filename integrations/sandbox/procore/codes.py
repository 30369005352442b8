"""Cost codes, cost types and the work breakdown structure of a project; units and tax codes of the company."""

from __future__ import annotations

from collections.abc import Mapping

from ..exchange import Answer, Json
from . import filters
from .call import Call
from .company import Company, public
from .fields import read_fields, rows, text
from .paging import TAX_CODES, listed
from .problems import Invalid

DELIMITER = "."
KINDS = ("cost_code", "line_item_type")
WBS_FILTERS: Mapping[str, filters.Filter] = {
    "status": filters.among("status"),
    "updated_at": filters.moments("updated_at"),
}


# The older half: cost codes and cost types


def cost_codes(call: Call) -> Answer:
    found = list(call.company.rows("cost_codes", _project=call.project["id"]))
    offered = {"id": filters.whole("id"), "origin_id": filters.exact("origin_id")}
    return listed(call, filters.chosen(call, found, offered), public)


def line_item_types(call: Call) -> Answer:
    found = list(call.company.rows("line_item_types"))
    return listed(call, filters.chosen(call, found, {"origin_id": filters.exact("origin_id")}), public)


def uoms(call: Call) -> Answer:
    return listed(call, list(call.company.rows("uoms")), public)


def tax_codes(call: Call) -> Answer:
    return listed(call, list(call.company.rows("tax_codes")), public, TAX_CODES)


# The newer half: segments, their items, codes made of them


def segments_of(company: Company, project: Json) -> dict[str, Json]:
    """The project's two segments by kind, made when they are first wanted."""
    found = {each["type"]: each for each in company.rows("segments", _project=project["id"])}
    for position, kind in enumerate(KINDS, start=1):
        if kind not in found:
            segment = {"type": kind, "name": kind.replace("_", " ").title(), "position": position, "required": True}
            shape = {"delimiter": DELIMITER, "structure": "tiered" if kind == "cost_code" else "flat"}
            found[kind] = company.add("segments", {**segment, **shape, "_project": project["id"]})
    return found


def patterns(call: Call) -> Answer:
    segments = [public(each) for each in segments_of(call.company, call.project).values()]
    project = call.project
    return Answer.json(
        {
            "id": project["id"],
            "description": DELIMITER.join(each["name"] for each in segments),
            "created_at": project["created_at"],
            "updated_at": project["updated_at"],
            "is_project_level_ordered": False,
            "segments": segments,
        }
    )


def segments(call: Call) -> Answer:
    return Answer.json([public(each) for each in segments_of(call.company, call.project).values()])


def segment_items(call: Call) -> Answer:
    segment = call.company.get("segments", call.words["segment_id"], _project=call.project["id"])
    return listed(call, items_of(call.company, call.project, segment), lambda item: item)


def items_of(company: Company, project: Json, segment: Json) -> list[Json]:
    """A segment's items: the project's cost codes, or the company's cost types."""
    if segment["type"] == "cost_code":
        held = list(company.rows("cost_codes", _project=project["id"]))
    else:
        held = list(company.rows("line_item_types"))
    return [_item(segment, each) for each in held]


def _item(segment: Json, held: Json) -> Json:
    whole_code = held.get("full_code") or held["code"]
    return {
        "id": held["id"],
        "code": held["code"],
        "name": held["name"],
        "created_at": held["created_at"],
        "updated_at": held["updated_at"],
        "parent_id": (held.get("parent") or {}).get("id"),
        "path_code": whole_code,
        "path_codes": [whole_code],
        "path_names": [held["name"]],
        "is_parent": False,
        "in_use": True,
        "segment": public(segment),
        "status": "active",
    }


def show(code: Json) -> Json:
    return public(code)


def wbs_codes(call: Call) -> Answer:
    found = filters.chosen(call, list(call.company.rows("wbs_codes", _project=call.project["id"])), WBS_FILTERS)
    if wanted := call.first("query").casefold():
        found = [code for code in found if wanted in f"{code['flat_code']}\n{code['description']}".casefold()]
    return listed(call, found, show)


def add_wbs_code(call: Call) -> Answer:
    """Safe to repeat: an existing combination comes back with its description changed."""
    given = read_fields(call.body(), {"description": text, "segment_items": rows, "project_id": lambda _, sent: sent})
    segments = segments_of(call.company, call.project)
    wanted = {each.get("segment_id"): each.get("segment_item_id") for each in given.get("segment_items") or []}
    if set(wanted) != {segment["id"] for segment in segments.values()}:
        raise Invalid(segment_items="must have one item of every required segment")
    parts = []
    for segment in segments.values():
        items = items_of(call.company, call.project, segment)
        found = next((item for item in items if item["id"] == wanted[segment["id"]]), None)
        if found is None:
            raise Invalid(segment_items="is invalid")
        parts.append(found)
    made = code_of(call.company, call.project, parts, given.get("description"))
    return Answer.json(show(made), 201)


def code_of(company: Company, project: Json, parts: list[Json], description: str | None = None) -> Json:
    """The WBS code of one cost code and one cost type, made when it does not exist."""
    pair = [part["id"] for part in parts]
    found = next(company.rows("wbs_codes", _project=project["id"], _parts=pair), None)
    if found is not None:
        return company.touch(found, description=description or found["description"])
    name = DELIMITER.join(part["name"] for part in parts)
    return company.add(
        "wbs_codes",
        {
            "flat_code": DELIMITER.join(part["path_code"] for part in parts),
            "flat_name": name,
            "description": description or name,
            "status": "active",
            "segment_items": parts,
            "wbs_pattern_id": project["id"],
            "_project": project["id"],
            "_parts": pair,
        },
    )


def usable_code(company: Company, project: Json, given: Json) -> Json | None:
    """The code a line names: by `wbs_code_id`, which wins, or by cost code and cost type; 422 if it may not."""
    if given.get("wbs_code_id") is not None:
        code = company.shelves["wbs_codes"].get(given["wbs_code_id"])
        if code is None or code["_project"] != project["id"]:
            raise Invalid(wbs_code_id="is not a code of this project")
        if code["status"] != "active":
            raise Invalid(wbs_code_id="is inactive")
        return code
    if given.get("cost_code_id") is None:
        return None
    cost_code = company.shelves["cost_codes"].get(given["cost_code_id"])
    kind = company.shelves["line_item_types"].get(given.get("line_item_type_id") or 0)
    if cost_code is None or cost_code["_project"] != project["id"]:
        raise Invalid(cost_code_id="is not a code of this project")
    if kind is None:
        raise Invalid(line_item_type_id="is invalid")
    segments = segments_of(company, project)
    return code_of(company, project, [_item(segments["cost_code"], cost_code), _item(segments["line_item_type"], kind)])


def short(company: Company, code_id: int | None) -> Json | None:
    code = company.shelves["wbs_codes"].get(code_id or 0)
    return code and {name: code[name] for name in ("id", "flat_code", "description")}


def halves(company: Company, code_id: int | None) -> tuple[Json | None, Json | None]:
    """Cost code and cost type of a WBS code."""
    code = company.shelves["wbs_codes"].get(code_id or 0)
    if code is None:
        return None, None
    first, second = code["_parts"]
    return public(company.shelves["cost_codes"][first]), public(company.shelves["line_item_types"][second])
