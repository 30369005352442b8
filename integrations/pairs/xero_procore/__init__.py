"""Xero to Procore: orders, bills and payments of the books become what a construction project has committed and paid.

Pure functions over frozen documents and the tables in memory. The README says which to call with what, in which order.
"""

from integrations.pairs.flow import Keeps, Pair
from integrations.pairs.xero_procore.flows import BILLS, ORDERS

__all__ = ["BILLS", "ORDERS", "PAIR"]

PAIR = Pair(
    slug="xero-procore",
    label="Xero to Procore",
    source="xero",
    target="procore",
    flows=(ORDERS, BILLS),
    keeps=Keeps.PROJECTS,
)
