"""An organisation's settings: chart of accounts, tax rates, tracking, currencies, items, lock dates."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from ...exchange import Json
from ..dates import day_text, ms_of
from ..lines import APPLIES
from ..organisation import Organisation, new_id, public
from .chart import BASIC_ACCOUNTS, BASIC_TAX_RATES, CLASS_OF, COUNTRIES
from .desk import Day, Desk, as_day


class SettingUp(Desk):
    def add_organisation(
        self,
        name: str,
        base_currency: str = "NZD",
        *,
        tenant_id: str = "",
        country: str = "NZ",
        currencies: Sequence[str] = (),
        chart: bool = True,
        **facts: object,
    ) -> Json:
        """A new organisation; `facts` are fields of `GET /Organisation`. With `chart` it gets a small chart of
        accounts and tax rates (see `chart.py`). Returns its facts; OrganisationID is the tenant id."""
        version, timezone = COUNTRIES.get(country, ("GLOBAL", "UTC"))
        made = Organisation(
            {
                "Name": name,
                "LegalName": name,
                "PaysTax": True,
                "Version": version,
                "OrganisationType": "COMPANY",
                "BaseCurrency": base_currency,
                "CountryCode": country,
                "IsDemoCompany": False,
                "OrganisationStatus": "ACTIVE",
                "FinancialYearEndDay": 31,
                "FinancialYearEndMonth": 3,
                "DefaultSalesTax": "Tax Exclusive",
                "DefaultPurchasesTax": "Tax Exclusive",
                "CreatedDateUTC": f"/Date({ms_of(self.clock.now())})/",
                "OrganisationEntityType": "COMPANY",
                "Timezone": timezone,
                "ShortCode": f"!{uuid.uuid4().hex[:5]}",
                "OrganisationID": tenant_id or new_id(),
                "Edition": "BUSINESS",
                "Class": "PREMIUM",
                "Addresses": [],
                "Phones": [],
                "ExternalLinks": [],
                "PaymentTerms": {},
                **facts,
            },
            self.stamps,
        )
        self.organisations[made.tenant_id] = made
        for code in (base_currency, *currencies):
            self.add_currency(code, tenant=made.tenant_id)
        if chart:
            for rate in BASIC_TAX_RATES:
                self.add_tax_rate(*rate, tenant=made.tenant_id)
            for code, title, kind, tax_type, system in BASIC_ACCOUNTS:
                self.add_account(code, title, kind, tax_type, system=system, tenant=made.tenant_id)
        return made.facts

    def add_account(
        self,
        code: str,
        name: str,
        kind: str = "EXPENSE",
        tax_type: str = "NONE",
        *,
        system: str = "",
        status: str = "ACTIVE",
        payments: bool = False,
        account_id: str = "",
        tenant: str = "",
        **fields: object,
    ) -> Json:
        """An account of a `kind` such as EXPENSE, DIRECTCOSTS or BANK; `system` is its SystemAccount."""
        organisation = self.organisation(tenant)
        row: Json = {
            "AccountID": account_id or new_id(),
            "Code": code,
            "Name": name,
            "Status": status,
            "Type": kind,
            "TaxType": tax_type,
            "Class": CLASS_OF[kind],
            "EnablePaymentsToAccount": payments,
            "ShowInExpenseClaims": False,
            "ReportingCode": "",
            "ReportingCodeName": "",
            "HasAttachments": False,
            "AddToWatchlist": False,
            **({"SystemAccount": system} if system else {}),
            **(
                {
                    "BankAccountNumber": "0102030405678",
                    "BankAccountType": "BANK",
                    "CurrencyCode": organisation.base_currency,
                }
                if kind == "BANK"
                else {}
            ),
            **fields,
        }
        return public(organisation.accounts.store(row))

    def archive_account(self, code: str, *, tenant: str = "") -> Json:
        organisation = self.organisation(tenant)
        row = organisation.account({"AccountCode": code})
        if row is None:
            raise KeyError(code)
        return public(organisation.accounts.store({**row, "Status": "ARCHIVED"}))

    def add_tax_rate(
        self,
        tax_type: str,
        name: str,
        rate: float | str,
        applies: Sequence[str] = tuple(APPLIES),
        *,
        status: str = "ACTIVE",
        tenant: str = "",
        **fields: object,
    ) -> Json:
        """A rate in percent; `applies` names account classes. An empty `tax_type` becomes TAX001, TAX002, .."""
        organisation = self.organisation(tenant)
        own = sum(key.startswith("TAX0") for key in organisation.tax_rates.rows)
        row: Json = {
            "Name": name,
            "TaxType": tax_type or f"TAX{own + 1:03d}",
            "Status": status,
            "DisplayTaxRate": float(rate),
            "EffectiveRate": float(rate),
            "TaxComponents": [{"Name": name, "Rate": float(rate), "IsCompound": False, "IsNonRecoverable": False}],
            **{flag: kind in applies for kind, flag in APPLIES.items()},
            **fields,
        }
        return public(organisation.tax_rates.store(row))

    def add_tracking_category(
        self, name: str, options: Sequence[str] = (), *, status: str = "ACTIVE", tenant: str = ""
    ) -> Json:
        """A category with its options. A third active one is refused with ValueError, as in Xero."""
        shelf = self.organisation(tenant).tracking_categories
        active = sum(row["Status"] == "ACTIVE" for row in shelf.rows.values())
        if status == "ACTIVE" and active >= 2:
            raise ValueError("an organisation has at most two active tracking categories")
        row: Json = {
            "TrackingCategoryID": new_id(),
            "Name": name,
            "Status": status,
            "Options": [_option(each) for each in options],
        }
        return public(shelf.store(row))

    def add_tracking_option(self, category: str, name: str, *, tenant: str = "") -> Json:
        """Add an option to the category of that name; returns the category."""
        row = self._category(category, tenant)
        return self._stored_category({**row, "Options": [*row["Options"], _option(name)]}, tenant)

    def archive_tracking_option(self, category: str, name: str, *, tenant: str = "") -> Json:
        row = self._category(category, tenant)
        options = [{**each, "Status": "ARCHIVED"} if each["Name"] == name else each for each in row["Options"]]
        return self._stored_category({**row, "Options": options}, tenant)

    def _category(self, name: str, tenant: str) -> Json:
        rows = self.organisation(tenant).tracking_categories.rows.values()
        return next(row for row in rows if row["Name"] == name)

    def _stored_category(self, row: Json, tenant: str) -> Json:
        return public(self.organisation(tenant).tracking_categories.store(row))

    def add_currency(self, code: str, description: str = "", *, day_rate: float = 1.0, tenant: str = "") -> Json:
        """Subscribe to a currency; `day_rate` is what Xero fills in as CurrencyRate."""
        organisation = self.organisation(tenant)
        organisation.day_rates[code] = day_rate
        return public(organisation.currencies.store({"Code": code, "Description": description or code}))

    def add_item(
        self, code: str, name: str, price: float, account_code: str, tax_type: str = "", *, tenant: str = ""
    ) -> Json:
        """A purchased, untracked item."""
        details: Json = {"UnitPrice": price, "AccountCode": account_code}
        if tax_type:
            details["TaxType"] = tax_type
        row: Json = {
            "ItemID": new_id(),
            "Code": code,
            "Name": name,
            "Description": name,
            "PurchaseDescription": name,
            "PurchaseDetails": details,
            "IsTrackedAsInventory": False,
            "IsSold": False,
            "IsPurchased": True,
        }
        return public(self.organisation(tenant).items.store(row))

    def set_lock_date(self, day: Day | None, *, year_end: bool = False, tenant: str = "") -> None:
        """Lock everything dated on or before `day`; None unlocks."""
        facts = self.organisation(tenant).facts
        name = "EndOfYearLockDate" if year_end else "PeriodLockDate"
        facts.pop(name, None)
        if (locked := as_day(day)) is not None:
            facts[name] = day_text(locked)

    def refuse_actions(self, *names: str, tenant: str = "") -> None:
        """Names of `GET /Organisation/Actions` that the user or plan does not allow from now on."""
        self.organisation(tenant).refused_actions = set(names)


def _option(name: str) -> Json:
    return {"TrackingOptionID": new_id(), "Name": name, "Status": "ACTIVE"}
