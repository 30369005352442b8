"""Procore's endpoints, for one company. Each resource has a version of its own."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from integrations.documents import CompanyFacts, Permissions, ReferenceFacts
from integrations.errors import ConfigurationError
from integrations.http import Http, Wiring
from integrations.project_documents import BillingPeriod, ProjectFacts, StoredCommitment
from integrations.systems.facts import Account
from integrations.systems.opening import door
from integrations.systems.paging import Page
from integrations.systems.procore import commitments, lists, parse, permissions, shapes
from integrations.systems.procore.errors import judge
from integrations.systems.procore.oauth import place_of
from integrations.systems.procore.system import ENVIRONMENTS, PROCORE
from integrations.systems.procore.walking import Listing, documents, whole
from integrations.systems.reading import read

COMPANIES = "/rest/v1.0/companies"


class ProcoreClient:
    """Reads one Procore company."""

    def __init__(self, http: Http, key: str) -> None:
        self._http, self._key = http, key
        self._environment, self._company = place_of(key)

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

    def permissions(self) -> Permissions:
        return permissions.looked_at(self._http, self._company, self.projects())

    def reference_lists(self) -> Iterator[tuple[str, list[ReferenceFacts]]]:
        return lists.reference_lists(self._http, self._company)

    def projects(self) -> list[ProjectFacts]:
        return lists.projects(self._http, self._company)

    def billing_periods(self, project: str) -> list[BillingPeriod]:
        path = lists.PERIODS.format(project_id=project)
        return documents(self._http, Listing(path, lists.PERIODS, lambda raw: parse.billing_period(raw, project)))

    def commitments_changed_since(self, project: str, moment: datetime | None) -> Iterator[Page[StoredCommitment]]:
        return commitments.changed_since(self._http, project, moment)

    def _named(self, name: str) -> str:
        """Copies of a company bear its name, so the environment is said with it."""
        return f"{name} ({ENVIRONMENTS[self._environment].label})" if self._environment else name


def _company(raw: Any) -> shapes.CompanyRow:
    return read(shapes.CompanyRow, raw, "Company")
