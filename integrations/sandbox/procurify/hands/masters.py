"""Tenants, vendors, account codes, departments and the other lists, as administrators keep them."""

from __future__ import annotations

from typing import Any

from ...exchange import Json
from ..amounts import exact, text
from ..tenant import Moment, Tenant
from .desk import Desk, Named

# Type of an account code by the word people use.
ACCOUNT_TYPES = {"asset": 0, "liability": 1, "expense": 2, "income": 3, "equity": 4, "other": 5}
ADDRESS: Json = {
    "addressLineOne": "4 Mill St",
    "postalCode": "98108",
    "city": "Seattle",
    "state_province": "WA",
    "country": "USA",
}

CARD_PROVIDER = 6  # a type of vendor
CARD: Json = {"id": 12, "name": "Operations Visa", "number": "4242", "type": 0, "balance": None, "gl_code": "2100"}


class Masters(Desk):
    def add_tenant(
        self, domain: str, *, client_id: str = "", client_secret: str = "", basics: bool = True, **facts: Any
    ) -> Tenant:
        """A customer, replacing one of that domain. Facts: name, time_zone, email.

        With `basics` it has what Procurify's published samples have: USD and CAD, Plant North with Production and
        Warehouse, codes 6100, 1500 and 6900, vendors OTHER, Northgate Safety Supply and Beaver Lift Trucks Ltd.
        """
        secret = client_secret or f"sandbox-secret-{domain}"
        with self.lock:
            tenant = Tenant(domain, self.clock, client_id or f"{domain}-id", secret, **facts)
            self.tenants[domain] = tenant
            if basics:
                self._add_basics(tenant)
        return tenant

    def _add_basics(self, tenant: Tenant) -> None:
        domain = tenant.domain
        self.add_currency(domain, "CAD", "0.734", description="Canadian Dollar", id=1)
        self.add_currency(domain, "USD", "1", base=True, description="US Dollar", id=3)
        self.add_location(domain, "Plant North", headquarter=False, id=2)
        self.add_department(domain, "Production", "Plant North", id=14)
        self.add_department(domain, "Warehouse", "Plant North", id=15)
        self.add_user(domain, "Ana", "Petrov", department="Production", id=21)
        self.add_user(domain, "Tom", "Okafor", department="Warehouse", id=22)
        for number, (code, name, kind) in enumerate(
            [
                ("6100", "Shop supplies", "expense"),
                ("1500", "Plant equipment", "asset"),
                ("6900", "Freight in", "expense"),
            ]
        ):
            self.add_account_code(domain, code, name, kind, id=71 + number)
        self.add_vendor(domain, "OTHER", type=1, email=[], id=1, addressLineOne="OTHER")
        self.add_vendor(domain, "Northgate Safety Supply", email=["ar@northgate.example"], currency="USD", id=318)
        beaver = {"city": "Hamilton", "state_province": "ON", "country": "Canada", "currency": "CAD"}
        self.add_vendor(
            domain, "Beaver Lift Trucks Ltd", email=["billing@beaverlift.example"], type=4, id=319, **beaver
        )

    def _stored(self, domain: str, collection: str, record: Json) -> Json:
        with self.lock:
            tenant = self.tenant(domain)
            wanted = record.pop("id", None)
            number = tenant.claim_id(collection, wanted) if wanted else tenant.next_id(collection)
            return tenant.store(collection, {"id": number, **record})

    def add_currency(
        self, domain: str, name: str, rate: Any = "1", *, base: bool = False, description: str = "", **fields: Any
    ) -> Json:
        """`rate` is the customer's own planning rate: the value of one unit in base currency."""
        record = {
            "name": name,
            "description": description or name,
            "rate": text(exact(rate), 6),
            "base": base,
            "active": True,
        }
        return self._stored(domain, "currencies", {**record, **fields})

    def add_location(self, domain: str, name: str, *, address: Json | None = None, **fields: Any) -> Json:
        tenant = self.tenant(domain)
        record = {
            "name": name,
            "url": None,
            "logo": "",
            "currency": self._base_currency(tenant)["id"],
            "phoneOne": "206-555-0100",
            "fax": None,
            "email": None,
            "language": 1,
            "locationTimezone": tenant.time_zone,
            "headquarter": False,
            "active": True,
            "external_id": None,
            "_address": {**ADDRESS, **(address or {})},
        }
        return self._stored(domain, "locations", {**record, **fields})

    def add_department(self, domain: str, name: str, location: Named = "", **fields: Any) -> Json:
        """In a location by name or id, the first one if left out."""
        tenant = self.tenant(domain)
        place = self._find(tenant, "locations", location) if location else self._first(tenant, "locations")
        place = place or self.add_location(domain, str(location))
        record = {"branch": place["id"], "external_id": None, "name": name, "active": True, "punchout_email": None}
        return self._stored(domain, "departments", {**record, **fields})

    def department(self, domain: str, name: Named, location: Named = "") -> Json:
        """By id, "location / name", or name (in a location, if one is named); made if there is none."""
        tenant = self.tenant(domain)
        if isinstance(name, int):
            return tenant.get("departments", name)
        place, _, short = name.rpartition(" / ")
        wanted = self._find(tenant, "locations", place or location) if place or location else None
        for row in tenant.rows("departments"):
            if row["name"] == short and (wanted is None or row["branch"] == wanted["id"]):
                return row
        return self.add_department(domain, short, place or location)

    def add_user(self, domain: str, first: str, last: str, *, department: Named = "", **fields: Any) -> Json:
        tenant = self.tenant(domain)
        place = self.department(domain, department) if department else self._first(tenant, "departments")
        record = {
            "department": place["id"],
            "created_at": "2025-01-10T09:12:44.120331-08:00",
            "updated_at": "2026-03-02T15:01:09.004512-08:00",
            "firstName": first,
            "lastName": last,
            "email": f"{first}.{last}@{domain}.example".lower(),
            "position": None,
            "phone": None,
            "address": None,
            "notifications": True,
            "is_active": True,
            "mobile": False,
            "profile_image": None,
            "slack_user_id": "",
            "is_sso_enabled": False,
            "last_changed_by": None,
            "user": 100 + len(tenant.shelves["users"]),
            "approval_delegatee": None,
        }
        return self._stored(domain, "users", {**record, **fields})

    def add_account_code(self, domain: str, code: str, name: str = "", kind: str = "expense", **fields: Any) -> Json:
        """A GL code; `kind` is asset, liability, expense, income, equity or other."""
        record = {
            "applied_accounts_count": 0,
            "code": code,
            "code_length": len(code),
            "description": name or f"Account {code}",
            "account_type": ACCOUNT_TYPES[kind],
            "active": True,
            "parent": None,
        }
        return self._stored(domain, "account_codes", {**record, **fields})

    def account(self, domain: str, code: Named, department: int) -> int:
        """The id of the budget row of an account code in a department; code and row are made if there are none."""
        tenant = self.tenant(domain)
        found = self._find(tenant, "account_codes", code, "code") or self.add_account_code(domain, str(code))
        rows = tenant.found.setdefault("accounts", {})
        if not rows:
            rows.update({(row["account_code"], row["department"]): row["id"] for row in tenant.rows("accounts")})
        if (found["id"], department) not in rows:
            money = ("budget", "balance_approved", "balance_purchased")
            record: Json = {"account_code": found["id"], "department": department, **dict.fromkeys(money, "0.00")}
            record.update({"start_datetime": None, "end_datetime": None, "active": True})
            found["applied_accounts_count"] += 1
            return int(self._stored(domain, "accounts", record)["id"])
        return int(rows[found["id"], department])

    def add_vendor(self, domain: str, name: str, *, modified: Moment | None = None, **fields: Any) -> Json:
        """A vendor with Procurify's own fields; `currency` by name or id, type 3 (preferred) if left out.

        A card provider (type 6) has one company card, the first one id 12, unless `creditcards` says otherwise.
        """
        tenant = self.tenant(domain)
        if fields.get("type") == CARD_PROVIDER:
            fields.setdefault("id", tenant.next_id("vendors"))
            fields.setdefault("creditcards", [self._own_card(tenant, fields["id"])])
        if isinstance(fields.get("currency"), str):
            fields["currency"] = self._currency(tenant, fields["currency"])["id"]
        return self._stored(domain, "vendors", {**new_vendor(name, tenant.stamp(modified)), **fields})

    def _own_card(self, tenant: Tenant, provider: int) -> Json:
        """A row of a provider's `creditcards`."""
        number = CARD["id"] + sum(len(vendor["creditcards"]) for vendor in tenant.rows("vendors"))
        known = {"vendor": provider, "currency": self._base_currency(tenant)["id"]}
        return {**CARD, "id": number, "uuid": tenant.new_uuid("card", number), **known}

    def edit_vendor(self, domain: str, vendor: Named, *, modified: Moment | None = None, **fields: Any) -> Json:
        """Change a vendor as a person does; moves `dateModified`."""
        with self.lock:
            tenant = self.tenant(domain)
            record = self.vendor(domain, vendor)
            record.update(fields, dateModified=tenant.stamp(modified))
            return tenant.store("vendors", record)

    def vendor(self, domain: str, vendor: Named) -> Json:
        """By id or name; made if there is none of that name."""
        return self._find(self.tenant(domain), "vendors", vendor) or self.add_vendor(domain, str(vendor))

    def add_custom_field(self, domain: str, name: str, kind: str = "t", **fields: Any) -> Json:
        """A field of order items; kinds are Procurify's letters: t, a, i, f, b, m, d, h."""
        record = {
            "name": name,
            "content_type": 42,
            "default_value": "",
            "is_required": False,
            "field_choices": [],
            "field_type": kind,
            "field_label": name,
            "is_active": True,
        }
        return self._stored(domain, "custom_fields", {**record, **fields})

    def add_catalog_item(
        self, domain: str, name: str, price: Any, *, vendor: Named = "", account: Named = "", **fields: Any
    ) -> Json:
        tenant = self.tenant(domain)
        code = self._find(tenant, "account_codes", account, "code") if account else None
        record = {
            "description": "",
            "name": name,
            "image": "",
            "unitType": "each",
            "pref_vendor": (self.vendor(domain, vendor) if vendor else self._first(tenant, "vendors"))["id"],
            "account_code": (code or self._first(tenant, "account_codes"))["id"],
            "internalSKU": "",
            "product_url": None,
            "currency": self._base_currency(tenant)["id"],
            "price": text(exact(price), 8),
            "rfo_lock": False,
            "departments": [],
            "custom_fields": [],
            "requested_count": 0,
            "last_requested_date": None,
            "selected_account": {},
        }
        return self._stored(domain, "catalog_items", {**record, **fields})

    # The application's owner

    def revoke_secret(self, domain: str) -> None:
        """The application is deleted: its keys are refused, its tokens live on until they expire."""
        self.tenant(domain).secret_revoked = True

    def deactivate_user(self, domain: str) -> None:
        """The user who made the application is deactivated: keys and tokens are refused."""
        self.tenant(domain).user_deactivated = True

    def narrow_role(self, domain: str, permissions: list[str], hidden_departments: list[Named] | None = None) -> None:
        """The user's role is reduced: records of hidden departments are missing from orders without any error."""
        tenant = self.tenant(domain)
        tenant.permissions = list(permissions)
        tenant.hidden_departments = [self.department(domain, each)["id"] for each in hidden_departments or []]
        tenant.changed()


def new_vendor(name: str, modified: str) -> Json:
    """A vendor with every field that Procurify shows, as empty as it starts."""
    return {
        "name": name,
        "active": True,
        "addressLineOne": "18 Quay Rd",
        "addressLineTwo": None,
        "postalCode": "98101",
        "city": "Seattle",
        "state_province": "WA",
        "country": "USA",
        "phoneOne": "206-555-0114",
        "phoneTwo": None,
        "fax": None,
        "email": [],
        "comments": None,
        "contact": None,
        "url": None,
        "external_id": None,
        "dateModified": modified,
        "currency": None,
        "payment_term_ref": {"id": 5, "name": "Net 30", "description": "Net 30 days", "active": True},
        "shipping_term_ref": None,
        "payment_method_ref": None,
        "shipping_method_ref": None,
        "payment_methods": [],
        "tax": None,
        "type": 3,
        "default_payment_method": None,
        "creditcards": [],
        "is_1099_eligible": False,
        "overall_score": None,
        "is_auto_email_po_enabled": False,
        "po_pdf_labels": "",
        "email_configurations": {},
    }
