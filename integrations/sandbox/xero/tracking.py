"""Tracking of a line: at most two entries, each one option of an active category."""

from __future__ import annotations

from ..exchange import Json
from .organisation import Organisation
from .problems import Complaints, ServerFault

MOST_TRACKING = 2


def read_tracking(
    organisation: Organisation, line: Json, before: Json | None, place: int, complaints: Complaints
) -> list[Json]:
    """The entries as they are kept: ids and names of category and option.

    A category id that does not exist makes the service fail with 500. An option that does not exist is dropped
    without a word (reported 2021), which is why callers compare what comes back.
    """
    if "Tracking" not in line:
        return list(before["Tracking"]) if before else []
    entries = line["Tracking"]
    if len(entries) > MOST_TRACKING:
        complaints.add(f"A line item can have at most {MOST_TRACKING} tracking categories.", "LineItems", place)
        return []
    found = [_entry(organisation, each, place, complaints) for each in entries]
    kept = [each for each in found if each is not None]
    if len({each["TrackingCategoryID"] for each in kept}) < len(kept):
        complaints.add("A tracking category can be used only once on a line item.", "LineItems", place)
    return kept


def _entry(organisation: Organisation, entry: Json, place: int, complaints: Complaints) -> Json | None:
    category = _category(organisation, entry)
    if category is None:
        return None
    option = next((each for each in category["Options"] if _named(entry, each)), None)
    if option is None:
        return None
    if category["Status"] != "ACTIVE" or option["Status"] != "ACTIVE":
        complaints.add(
            f"The tracking option '{option['Name']}' of '{category['Name']}' is not active.", "LineItems", place
        )
    return {
        "TrackingCategoryID": category["TrackingCategoryID"],
        "TrackingOptionID": option["TrackingOptionID"],
        "Name": category["Name"],
        "Option": option["Name"],
    }


def _category(organisation: Organisation, entry: Json) -> Json | None:
    categories = organisation.tracking_categories
    if "TrackingCategoryID" in entry:
        found = categories.get(entry["TrackingCategoryID"])
        if found is None:
            raise ServerFault
        return found
    return next((each for each in categories.rows.values() if each["Name"] == entry.get("Name")), None)


def _named(entry: Json, option: Json) -> bool:
    if "TrackingOptionID" in entry:
        return bool(option["TrackingOptionID"] == entry["TrackingOptionID"])
    return bool(option["Name"] == entry.get("Option"))
