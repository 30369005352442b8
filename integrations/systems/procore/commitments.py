"""Reading commitments: purchase order contracts with their schedules of values."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from integrations.http import Http
from integrations.project_documents import StoredCommitment
from integrations.systems.paging import Page
from integrations.systems.procore import parse, paths
from integrations.systems.procore.system import PROCORE
from integrations.systems.procore.walking import Listing, Walk, documents

IDS_PER_CALL = 50
# Between our clock and Procore's, and the seconds that its ranges drop.
LATER = timedelta(days=1)


def changed_since(http: Http, project: str, moment: datetime | None) -> Iterator[Page[StoredCommitment]]:
    """Commitments of one project with their lines, removed ones too, by the moment of their last change."""
    since = (moment - PROCORE.overlap).replace(microsecond=0) if moment else None
    between = {"filters[updated_at]": f"{_stamp(since)}...{_stamp(datetime.now(UTC) + LATER)}"} if since else {}
    listing = _listing(project, between)
    obeying = Listing(
        listing.path,
        listing.template,
        listing.parse,
        listing.params,
        changed=lambda row: row.modified_at,
        obeys=lambda row: since is None or row.modified_at >= since,
    )
    return Walk(http, obeying).pages()


def by_ids(http: Http, project: str, target_ids: Sequence[str]) -> list[StoredCommitment]:
    """Those that Procore still shows, removed ones too."""
    found: list[StoredCommitment] = []
    for start in range(0, len(target_ids), IDS_PER_CALL):
        some = [str(int(each)) for each in target_ids[start : start + IDS_PER_CALL]]
        found += documents(http, _listing(project, {"filters[id]": f"[{','.join(some)}]"}))
    return found


def by_origin(http: Http, project: str, origin: str) -> list[StoredCommitment]:
    """Every one of the project that carries exactly this origin id, removed ones included."""
    found = documents(http, _listing(project, {"filters[origin_id]": origin}))
    return [each for each in found if each.origin == origin]


def _listing(project: str, filters: dict[str, str]) -> Listing[StoredCommitment]:
    params = {"project_id": project, "view": "extended", "filters[include_deleted]": "with", **filters}
    return Listing(paths.ORDERS, paths.ORDERS, lambda raw: parse.commitment(raw, project), params)


def _stamp(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""
