"""The side bar: it follows the work of the accounts office, not the names of the apps."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class Place:
    """A page of the side bar: shown to those with the permission, once the page exists."""

    title: str
    icon: str
    page: str
    permission: str = ""
    query: str = ""

    @cache  # noqa: B019 - as many as the bar has places, which live as long as the program
    def link(self) -> str | None:
        try:
            return reverse(self.page) + self.query
        except NoReverseMatch:
            return None


def _list(title: str, icon: str, model: str, query: str = "") -> Place:
    app, _, name = model.partition(".")
    return Place(title, icon, f"admin:{app}_{name}_changelist", f"{app}.view_{name}", query)


PLACES: tuple[tuple[str, tuple[Place, ...]], ...] = (
    (
        "",
        (
            Place("Today", "today", "admin:index"),
            Place("Held", "pan_tool", "admin:integrations_heldrecord_changelist", "integrations.view_record"),
            _list("Records", "receipt_long", "integrations.record"),
            Place("To decide", "gavel", "admin:integrations_decision_waiting", "integrations.view_decision"),
            _list("Vendors", "handshake", "integrations.vendorsides"),
            Place("Figures", "insights", "admin:integrations_run_figures", "integrations.view_record"),
            Place("My alerts", "notifications", "my_alerts"),
        ),
    ),
    (
        "Mappings",
        (
            Place("What is missing", "rule", "admin:mappings_missing", "mappings.view_accountrow"),
            Place(
                "Drafts to translate again", "difference", "admin:integrations_record_again", "integrations.view_record"
            ),
            _list("Accounts", "account_tree", "mappings.accountrow"),
            _list("Tracking", "label", "mappings.trackingrow"),
            _list("Taxes", "percent", "mappings.taxrow"),
            _list("Extra costs", "local_shipping", "mappings.extracostrow"),
            _list("Required dimensions", "checklist", "mappings.requireddimension"),
            _list("Projects", "foundation", "mappings.projectrow"),
            _list("Cost codes", "tag", "mappings.costcoderow"),
            _list("Budget lines", "savings", "mappings.budgetlinerow"),
            _list("Vendor links", "link", "mappings.vendorlink"),
            _list("Reference lists", "list_alt", "mappings.referenceentry"),
            _list("Companies", "apartment", "mappings.books"),
            _list("Sets of tables", "library_books", "mappings.scope"),
        ),
    ),
    (
        "Reconciliation",
        (
            _list("Reconciliation", "balance", "integrations.reportrun"),
            Place("Month end", "event_available", "month_end", "integrations.view_reportrun"),
            Place("Flags", "flag", "admin:integrations_flag_changelist", "integrations.view_flag"),
            _list("Discrepancies", "report", "integrations.discrepancy"),
            _list("Sweeps", "radar", "integrations.sweep"),
            Place("Find a document", "search", "find_document", "integrations.view_record"),
        ),
    ),
    (
        "Integrations",
        (
            _list("Connections", "cable", "integrations.connection"),
            _list("Integrations", "sync_alt", "integrations.integration"),
            _list("Runs", "play_circle", "integrations.run"),
        ),
    ),
    (
        "Audit",
        (
            _list("Trail", "history_edu", "audit.entry"),
            _list("Seals", "verified", "audit.seal"),
            _list("Decisions", "fact_check", "integrations.decision"),
        ),
    ),
    (
        "System",
        (
            _list("People", "group", "auth.user"),
            _list("Roles", "badge", "auth.group"),
            _list("Requests", "outbox", "integrations.request"),
            _list("Exchanges", "lan", "integrations.exchange"),
            _list("Deliveries", "forward_to_inbox", "portal.delivery"),
            _list("Installation", "dns", "integrations.installation"),
        ),
    ),
)


# Opened once a day at most: folded until a page of theirs is open, so that the day's work fits on one screen.
FOLDED = ("Mappings", "Audit", "System")


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """What unfold shows: groups with at least one page that this user may open."""
    current = _current(request.path)
    groups = [
        {
            "title": title,
            "separator": bool(title),
            "collapsible": title in FOLDED,
            "items": [_item(place, current) for place in _open(places, request)],
        }
        for title, places in PLACES
    ]
    return [group for group in groups if group["items"]]


def _open(places: tuple[Place, ...], request: HttpRequest) -> list[Place]:
    may = request.user.has_perm
    return [place for place in places if place.link() and (not place.permission or may(place.permission))]


def _item(place: Place, current: str) -> dict[str, Any]:
    link = place.link() or ""
    return {"title": place.title, "icon": place.icon, "link": link, "active": link == current}


def _current(path: str) -> str:
    """Of the pages that this one may lie under the nearest; the home page lies above all of them."""
    links = [place.link() or "" for _, places in PLACES for place in places if place.page != "admin:index"]
    return max((link for link in links if link and path.startswith(link)), key=len, default=path)
