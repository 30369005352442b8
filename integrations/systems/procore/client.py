"""Procore's endpoints, for one company. Each resource has a version of its own."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from integrations.documents import CompanyFacts, Permissions, PreparedWrite, ProjectRights, ReferenceFacts, Vendor
from integrations.errors import ConfigurationError, RejectedError
from integrations.http import Answer, Http, Wiring
from integrations.project_documents import (
    BillingPeriod,
    BudgetLine,
    ProjectFacts,
    StoredCommitment,
    StoredContractPayment,
    StoredDirectCost,
    StoredDocument,
    StoredRequisition,
)
from integrations.project_writes import ProjectOutcome, ProjectVendorWrite, ProjectWrite
from integrations.systems.facts import Account
from integrations.systems.opening import door
from integrations.systems.paging import Page
from integrations.systems.procore import (
    budgets,
    commitments,
    lists,
    lookup,
    parse,
    paths,
    payloads,
    permissions,
    shapes,
    vendors,
)
from integrations.systems.procore.errors import judge
from integrations.systems.procore.oauth import place_of
from integrations.systems.procore.outcomes import outcomes
from integrations.systems.procore.system import ENVIRONMENTS, PROCORE
from integrations.systems.procore.walking import Listing, documents, whole
from integrations.systems.reading import read
from integrations.vendor_documents import VendorOutcome, VendorWrite

COMPANIES = "/rest/v1.0/companies"


class ProcoreClient:
    """Reads and writes one Procore company."""

    def __init__(self, http: Http, key: str) -> None:
        self._http, self._key = http, key
        self._environment, self._company = place_of(key)
        self._budget_lines: dict[str, dict[str, str]] = {}
        self._inactive: list[Vendor] | None = None

    @classmethod
    def open(cls, account: Account, wiring: Wiring) -> "ProcoreClient":
        environment, company = place_of(account.key)
        headers = {"Procore-Company-Id": company, "Accept": "application/json", "User-Agent": "Counterfoil"}
        http = door(
            PROCORE, "api", overrides=account.urls, headers=headers, judge=judge, wiring=wiring,
            environment=environment,
        )  # fmt: skip
        return cls(http, account.key)

    def close(self) -> None:
        self._http.close()

    def probe(self) -> CompanyFacts:
        """ConfigurationError when the keys open other companies than this one."""
        opened = whole(self._http, Listing(COMPANIES, COMPANIES, _company))
        for company in opened:
            if str(company.id) == self._company:
                return CompanyFacts(self._key, self._named(company.name), "", identity="the application itself")
        raise ConfigurationError("The application is not installed in this company, or the company id is another one.")

    def company(self) -> CompanyFacts:
        """Procore keeps currencies by project and closes no days, so the probe says it all."""
        return self.probe()

    def permissions(self, used: Sequence[str] = ()) -> Permissions:
        return permissions.looked_at(self._http, self._company, used)

    def permissions_in(self, project: ProjectRights) -> tuple[str, ...]:
        return permissions.of_project(self._http, project)

    def reference_lists(self) -> Iterator[tuple[str, list[ReferenceFacts]]]:
        return lists.reference_lists(self._http, self._company)

    def projects(self) -> list[ProjectFacts]:
        return lists.projects(self._http, self._company)

    def project(self, project_id: str) -> ProjectFacts:
        return lists.project(self._http, self._company, project_id)

    def billing_periods(self, project: str) -> list[BillingPeriod]:
        path = lists.PERIODS.format(project_id=project)
        return documents(self._http, Listing(path, lists.PERIODS, lambda raw: parse.billing_period(raw, project)))

    def commitments_changed_since(self, project: str, moment: datetime | None) -> Iterator[Page[StoredCommitment]]:
        return commitments.changed_since(self._http, project, moment)

    def commitments(self, project: str, target_ids: Sequence[str]) -> list[StoredCommitment]:
        return commitments.by_ids(self._http, project, target_ids)

    def vendors_listed(self, project: str) -> set[str]:
        return {each.source_id for each in lookup.directory(self._http, project)}

    def requisitions(self, project: str, commitment: str) -> list[StoredRequisition]:
        return lookup.requisitions(self._http, project, commitment)

    def requisitions_of_project(self, project: str) -> list[StoredRequisition]:
        return lookup.requisitions_of_project(self._http, project)

    def direct_costs(self, project: str) -> list[StoredDirectCost]:
        return lookup.direct_costs(self._http, project)

    def payments(self, project: str, commitment: str) -> list[StoredContractPayment]:
        return lookup.payments(self._http, project, commitment)

    def budget(self, project: str, codes: Collection[str]) -> dict[str, BudgetLine]:
        return budgets.lines(self._http, self._company, project, codes, self._budget_lines)

    def project_budget(self, project: str) -> BudgetLine:
        return budgets.whole_project(self._http, self._company, project)

    def prepare(self, writes: Sequence[ProjectWrite]) -> PreparedWrite:
        return payloads.prepare(writes)

    def send(self, prepared: PreparedWrite, *, key: str, sent_by: float) -> list[ProjectOutcome]:
        """At most once. A document that goes alone is refused by RejectedError, a row of several in its outcome."""
        try:
            return outcomes(prepared, self._write(prepared, key, sent_by))
        except RejectedError:
            if prepared.template != paths.ADD_VENDOR:
                raise
            project, vendor = (part for part in prepared.path.split("/") if part.isdigit())
            if not self.find(ProjectVendorWrite(project, vendor)):
                raise
            return [ProjectOutcome(vendor)]

    def find(self, write: ProjectWrite) -> list[StoredDocument]:
        return lookup.find(self._http, write)

    def web_link(self, project: str, write: ProjectWrite, target_id: str) -> str:
        """Procore does not say at which addresses its pages are (2026-08)."""
        return ""

    def vendor_entry(self, vendor: Vendor) -> ReferenceFacts:
        return lists.vendor_entry(vendor)

    def read_ahead(self) -> None:
        """Nothing: Procore's vendors name no currencies."""

    def unfit(self, values: Mapping[str, str]) -> dict[str, str]:
        return vendors.unfit(values)

    def prepare_vendors(self, writes: Sequence[VendorWrite]) -> PreparedWrite:
        return vendors.prepare(self._company, writes)

    def send_vendors(self, prepared: PreparedWrite, *, key: str, sent_by: float) -> list[VendorOutcome]:
        return vendors.outcomes(prepared, self._write(prepared, key, sent_by))

    def vendors_by_ids(self, ids: Sequence[str]) -> list[Vendor]:
        return vendors.by_ids(self._http, self._company, ids)

    def vendors_marked(self, marks: Sequence[str]) -> dict[str, list[Vendor]]:
        return vendors.marked(self._http, self._company, marks, self._inactive_vendors)

    def vendors_named(self, name: str) -> list[Vendor]:
        return vendors.named(self._http, self._company, name, self._inactive_vendors)

    def _inactive_vendors(self) -> list[Vendor]:
        """The whole list, which has no filters: read once by this client, which is opened for a minute at most."""
        if self._inactive is None:
            self._inactive = lists.inactive_vendors(self._http, self._company)
        return self._inactive

    def vendor_page(self, vendor_id: str) -> str:
        """As `web_link`."""
        return ""

    def _write(self, prepared: PreparedWrite, key: str, sent_by: float) -> Answer:
        """The official client library sends this token, and no page documents it: it is never relied on (2026-08)."""
        headers = {"Idempotency-Token": key, "Content-Type": "application/json"}
        return self._http.write(
            prepared.method,
            prepared.path,
            body=prepared.body,
            headers=headers,
            template=prepared.template,
            sent_by=sent_by,
        )

    def _named(self, name: str) -> str:
        """Copies of a company bear its name, so the environment is said with it."""
        return f"{name} ({ENVIRONMENTS[self._environment].label})" if self._environment else name


def _company(raw: Any) -> shapes.CompanyRow:
    return read(shapes.CompanyRow, raw, "Company")
