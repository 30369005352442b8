"""The Procurify stand-in: every customer under /<domain>/, token endpoint included."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from ..exchange import Answer, Asked, Json
from ..standin import StandIn
from . import bill_shapes, files, order_shapes, shapes, vendors
from .filters import chosen
from .hands import Purchasing
from .knobs import KNOBS
from .lists import GROUPS, LISTS, ORDERS, VENDORS, Listing, has_status, in_group, wanted_types
from .paging import page_of, pagination
from .problems import InvalidFields, Problem, detail, not_found
from .tenant import KEYS, Tenant
from .tokens import Tokens

ORDER_LIST = re.compile(r"/api/v2/purchase_orders/(purchased|receivable)/(all|open|partial|closed|cancelled|paid)/")
ORDER_DETAIL = re.compile(r"/api/v2/purchase_orders/([0-9a-fA-F-]+)/")
BILL_DETAIL = re.compile(r"/api/v2/ap/bills/([0-9a-f-]+)/")
VENDOR = re.compile(r"/api/v3/vendors/(\d+)/")
VENDOR_GROUP = re.compile(rf"/api/v3/vendors/(?:({'|'.join(GROUPS)})/)?")
LOCATION = re.compile(r"/api/v2/locations/(\d+)/")
WRITTEN_NEVER = re.compile(r"/api/v3/ap/bills/.+/")


class ProcurifyStandIn(Purchasing, StandIn):
    """Knobs are listed in `knobs.py`, tests' conveniences in `hands/`. Tenants at first: harbormills and kestrel."""

    slug = "procurify"
    KNOBS: ClassVar[Mapping[str, Any]] = {**StandIn.KNOBS, **KNOBS}
    CONVENIENCES = frozenset(
        {
            "add_currency",
            "add_location",
            "add_department",
            "add_user",
            "add_account_code",
            "add_vendor",
            "edit_vendor",
            "add_custom_field",
            "add_catalog_item",
            "add_order",
            "order",
            "change_order",
            "cancel_order",
            "close_order",
            "reopen_order",
            "mark_order_paid",
            "receive",
            "remove_order",
            "many_orders",
            "add_bill",
            "bill",
            "move_bill",
            "fix_bill",
            "delete_bill",
            "attach_file",
            "detach_file",
            "add_payment",
            "move_payment",
            "revoke_secret",
            "deactivate_user",
            "narrow_role",
            "traffic",
        }
    )

    def reset(self) -> None:
        self.knobs.update(KNOBS)
        self.tokens = Tokens(self.clock, self.knobs)
        self.tenants: dict[str, Tenant] = {}
        self._minutes: Counter[tuple[str, int]] = Counter()
        self.add_tenant("harbormills", name="Harbor Mills")
        self.add_tenant("kestrel", name="Kestrel Interiors")

    def load_company(self, today: date) -> None:
        from ..company.seed import seed_procurify

        seed_procurify(self, today)

    # Answers

    def crowd(self, asked: Asked) -> str:
        return asked.path.split("/", 2)[1]

    def answer(self, asked: Asked) -> Answer:
        try:
            return self._answer(asked)
        except Problem as problem:
            return problem.answer
        except InvalidFields as wrong:
            return wrong.answer(str(self.knobs["error_shape"]))

    def _answer(self, asked: Asked) -> Answer:
        if stored := files.STORED.fullmatch(asked.path):
            return files.from_storage(self.tenant(stored[1]), stored[2], asked)
        domain, _, rest = asked.path[1:].partition("/")
        tenant = self.tenants.get(domain)
        if tenant is None:
            return Answer.html("<html><body><h1>Page not found</h1></body></html>", 404)
        self._count(tenant)
        path = f"/{rest}"
        if path == "/oauth/token":
            if asked.method != "POST":
                raise detail(405, f'Method "{asked.method}" not allowed.')
            return self.tokens.grant(tenant, asked)
        self._place(tenant)
        if own := files.OWN.fullmatch(path):
            self.tokens.check(tenant, asked)
            return files.found(tenant, own[1])
        if not path.endswith("/"):
            return Answer.redirect(f"{self.url}/{domain}{path}/", 301)
        self.tokens.check(tenant, asked)
        if self.knobs["client_header_needed"] and asked.headers.get("x-procurify-client") != "api":
            raise detail(403, "You do not have permission to perform this action.")
        return self._routed(tenant, path, asked)

    def _place(self, tenant: Tenant) -> None:
        tenant.url = f"{self.url}/{tenant.domain}"
        tenant.files_at = f"{self.url}/storage" if self.knobs["files_in_storage"] else ""

    def _count(self, tenant: Tenant) -> None:
        """Requests per minute; a limit only where a test wants one, since Procurify publishes none."""
        now = self.clock.now()
        minute = (tenant.domain, int(now.timestamp()) // 60)
        self._minutes[minute] += 1
        most = int(self.knobs["per_minute"])
        if self.limits_on and most and self._minutes[minute] > most:
            wait = {"Retry-After": str(60 - now.second)} if self.knobs["retry_after"] else None
            raise detail(429, "Request was throttled.", wait)

    def _routed(self, tenant: Tenant, path: str, asked: Asked) -> Answer:
        if found := VENDOR.fullmatch(path):
            return self._vendor(tenant, found[1], asked)
        if path == "/api/v3/vendors/" and asked.method == "POST":
            record = shapes.vendor_detail(tenant, vendors.create(tenant, asked))
            return Answer.json({"metadata": {}, "data": record}, 201)
        if WRITTEN_NEVER.fullmatch(path) and asked.method in ("PATCH", "POST", "PUT"):
            # Procurify would take these; no connector of bills or payments has any business to send them.
            return Answer.json({"detail": "connector must not write here"}, 500)
        if asked.method == "OPTIONS":
            return Answer.json({"name": path, "renders": ["application/json"], "parses": ["application/json"]})
        if asked.method not in ("GET", "HEAD"):
            raise detail(405, f'Method "{asked.method}" not allowed.')
        return self._read(tenant, path, asked)

    def _read(self, tenant: Tenant, path: str, asked: Asked) -> Answer:
        if path in LISTS:
            switched_off = {"/api/v2/ap/payments/": "payments_v2", "/api/public/v1/payments/": "payments_public"}
            if path in switched_off and not self.knobs[switched_off[path]]:
                raise not_found()
            return self._list(tenant, LISTS[path], path, asked)
        if found := ORDER_LIST.fullmatch(path):
            return self._orders(tenant, path, found[2], asked)
        if found := VENDOR_GROUP.fullmatch(path):
            return self._vendors(tenant, path, found[1] or "all", asked)
        return self._detail(tenant, path)

    def _detail(self, tenant: Tenant, path: str) -> Answer:
        if found := ORDER_DETAIL.fullmatch(path):
            order = order_shapes.order_detail(tenant, self._order_by_id(tenant, found[1]))
            return Answer.json({"metadata": {"can_edit": True, "can_delete": False}, "data": order})
        if found := BILL_DETAIL.fullmatch(path):
            bill = bill_shapes.bill_detail(tenant, self._bill_by_id(tenant, found[1]))
            summary = {"has_multiple_currency": False, "total_cost": bill["total_cost_with_tax"]}
            may = {"can_edit": False, "can_delete": False, "can_approve": False}
            return Answer.json({"metadata": {"summary": summary, "permissions": may}, "data": bill})
        if (found := LOCATION.fullmatch(path)) and found[1] in tenant.shelves["locations"]:
            location = shapes.location_view(tenant, tenant.get("locations", found[1]))
            return Answer.json({"metadata": {}, "data": location})
        if path == "/api/v3/users/me/":
            return Answer.json({"metadata": {}, "data": shapes.me(tenant, self._user(tenant, ""))})
        raise not_found()

    def _order_by_id(self, tenant: Tenant, key: str) -> Json:
        order = tenant.orders.get(key)
        if order is None:
            order = next((each for each in tenant.orders.values() if each.get("uuid") == key.lower()), None)
        if order is None or not _visible(tenant, order):
            raise not_found()
        return order

    def _bill_by_id(self, tenant: Tenant, key: str) -> Json:
        plain = key.replace("-", "")
        for bill in tenant.rows("bills"):
            if str(bill.get("uuid", "")).replace("-", "") == plain:
                return bill
        raise not_found()

    def _vendor(self, tenant: Tenant, key: str, asked: Asked) -> Answer:
        vendor = tenant.shelves["vendors"].get(key)
        if vendor is None:
            raise not_found()
        if asked.method == "PATCH":
            changed = shapes.vendor_row(tenant, vendors.update(tenant, vendor, asked))
            return Answer.json({"metadata": {"permissions": {"can_edit": True}}, "data": changed})
        if asked.method != "GET":
            raise detail(405, f'Method "{asked.method}" not allowed.')
        return Answer.json({"metadata": {}, "data": shapes.vendor_detail(tenant, vendor)})

    # Lists

    def _orders(self, tenant: Tenant, path: str, status: str, asked: Asked) -> Answer:
        if self.knobs["inserts_between_pages"] and asked.first("page", "1") != "1":
            self.knobs["inserts_between_pages"] -= 1
            self.many_orders(tenant.domain, 1, days=1)
        return self._list(
            tenant, ORDERS, path, asked, lambda order: has_status(order, status) and _visible(tenant, order)
        )

    def _vendors(self, tenant: Tenant, path: str, group: str, asked: Asked) -> Answer:
        types = wanted_types(asked)

        def shown(vendor: Json) -> bool:
            return in_group(vendor, group) and (not types or vendor["type"] in types)

        return self._list(tenant, VENDORS, path, asked, shown)

    def _list(self, tenant: Tenant, listing: Listing, path: str, asked: Asked, shown: Any = None) -> Answer:
        keys = self._keys(tenant, listing, path, asked, shown)
        page = page_of(asked, len(keys), self.knobs)
        part = keys[page.part] or (keys[: page.size] if asked.effect == "endless_next" else [])
        rows = [listing.row(tenant, listing.again(tenant, key)) for key in part]
        if asked.effect == "duplicate_row" and rows:
            rows.append(rows[0])
        host = (
            f"http://{tenant.domain}.internal.procurify.example" if self.knobs["foreign_next"] else self._base(tenant)
        )
        paging = pagination(page, asked, f"{host}{path}", self.knobs)
        if listing.pagination_on_top:
            return Answer.json({"pagination": paging, "data": rows})
        return Answer.json({"metadata": {**listing.metadata(tenant, rows), "pagination": paging}, "data": rows})

    def _base(self, tenant: Tenant) -> str:
        return f"{self.url}/{tenant.domain}"

    def _keys(self, tenant: Tenant, listing: Listing, path: str, asked: Asked, shown: Any) -> list[Any]:
        """Keys of all records the query lets through, in order; worked out once until something changes."""
        query = tuple(
            (name, tuple(values)) for name, values in sorted(asked.query.items()) if name not in ("page", "page_size")
        )
        known = (path, query, asked.effect == "ignore_filter")
        if known not in tenant.found:
            tests = chosen(listing.filters, asked)
            if asked.effect == "ignore_filter":
                tests = []
            found = [
                (key, record)
                for key, record in listing.records(tenant)
                if (shown is None or shown(record)) and all(test(tenant, record, wanted) for test, wanted in tests)
            ]
            if listing.newest_first:
                found.reverse()
            if order_by := asked.first("order_by"):
                name = order_by.removeprefix("-")
                found.sort(key=lambda pair: str(pair[1].get(name) or ""), reverse=order_by.startswith("-"))
            tenant.found[known] = [key for key, _ in found]
        keys: list[Any] = tenant.found[known]
        return keys

    # Tokens and state

    def expire_tokens(self) -> None:
        self.tokens.expire()

    def revoke_tokens(self) -> None:
        self.tokens.drop()

    def suspended(self, asked: Asked) -> Answer:
        """Unpublished; this is what a suspension is taken to look like: no new token, 403 everywhere."""
        if asked.path.endswith("/oauth/token"):
            return Answer.json({"error": "access_denied", "error_description": "Unauthorized"}, 403)
        return Answer.json({"detail": "You do not have permission to perform this action."}, 403)

    def traffic(self, domain: str) -> Json:
        """How a customer's API was used: requests, tokens issued, most at one time, requests by minute."""
        entries = [entry for entry in self.log.entries() if entry.asked.path.startswith(f"/{domain}/")]
        minutes = {minute: count for (name, minute), count in self._minutes.items() if name == domain}
        return {
            "requests": len(entries),
            "tokens_issued": self.tenant(domain).tokens_issued,
            "most_at_once": max((entry.concurrent for entry in entries), default=0),
            "most_in_a_minute": max(minutes.values(), default=0),
        }

    def collections(self) -> dict[str, dict[str, Json]]:
        """`<domain>/<collection>`; orders and bills as their detail shows them."""
        found: dict[str, dict[str, Json]] = {}
        for domain, tenant in self.tenants.items():
            for name, shelf in tenant.shelves.items():
                shape = STATE_SHAPES.get(name, shapes.plain)
                found[f"{domain}/{name}"] = {key: shape(tenant, record) for key, record in shelf.items()}
        return found

    def put(self, collection: str, record: Json) -> Json:
        domain, _, name = collection.partition("/")
        if name not in KEYS:
            raise KeyError(collection)
        return self.tenant(domain).store(name, record)

    def remove(self, collection: str, key: str) -> None:
        domain, _, name = collection.partition("/")
        tenant = self.tenant(domain)
        del tenant.shelves[name][key]
        tenant.changed()

    def dump(self) -> Json:
        return {
            "knobs": {name: self.knobs[name] for name in KNOBS},
            "tenants": [tenant.dump() for tenant in self.tenants.values()],
            "tokens": self.tokens.issued,
        }

    def load(self, state: Json) -> None:
        self.reset()
        self.knobs.update(state["knobs"])
        self.tenants = {each["domain"]: Tenant.load(each, self.clock) for each in state["tenants"]}
        self.tokens.issued = state["tokens"]


STATE_SHAPES = {
    "purchase_orders": order_shapes.order_detail,
    "bills": bill_shapes.bill_detail,
    "requisitions": order_shapes.requisition,
}


def _visible(tenant: Tenant, order: Json) -> bool:
    """A narrower role sees only orders of its departments; the others are missing without any error."""
    if not tenant.hidden_departments:
        return True
    departments = {tenant.get("accounts", line["account"])["department"] for line in order["order_items"]}
    return not departments & set(tenant.hidden_departments)
