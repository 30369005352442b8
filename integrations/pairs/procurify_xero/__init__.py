"""Procurify to Xero: what is approved in procurement becomes draft bills, and every spend a payable once.

Reading order: `orders` and `drafts` for purchase orders, `bills` and `posting` for suppliers' bills, `taking_over` for
what a bill takes out of its orders' drafts, `payees` for whom either is owed to, `checking` for what both have in
common. All of it is pure; the engine does the rest. Bills come first, so that an order whose bill is there already is
not drafted in between.
"""

from integrations.pairs.flow import BillFlow, Pair
from integrations.pairs.procurify_xero import bills, drafts, orders, payees, posting, taking_over
from integrations.pairs.procurify_xero.drafts import translate
from integrations.pairs.procurify_xero.orders import judge, place
from integrations.pairs.vendor_flow import VendorFlow

__all__ = ["BILLS", "ORDERS", "PAIR", "judge", "place", "translate"]

BILLS = BillFlow(
    slug="bills",
    label="Bills",
    feed="bills",
    kind="bill",
    letter="b",
    place=bills.place,
    judge=bills.judge,
    translate=posting.translate,
    owed_to=payees.owed_to,
    orders_of=taking_over.orders_of,
    claims=taking_over.claims,
    has_files=True,
)

ORDERS = BillFlow(
    slug="purchase-orders",
    label="Purchase orders",
    feed="purchase-orders",
    kind="bill",
    letter="o",
    place=orders.place,
    judge=orders.judge,
    translate=drafts.translate,
    owed_to=payees.owed_to,
    as_ordered=drafts.as_ordered,
)

PAIR = Pair(
    slug="procurify-xero",
    label="Procurify to Xero",
    source="procurify",
    target="xero",
    flows=(BILLS, ORDERS),
    vendors=VendorFlow(),
)
