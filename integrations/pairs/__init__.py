"""The configured pairs: slug -> dotted path of a `Pair`, imported at first use."""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integrations.pairs.flow import Pair

PAIRS = {
    "procurify-xero": "integrations.pairs.procurify_xero.PAIR",
    "xero-procore": "integrations.pairs.xero_procore.PAIR",
}
PAIR_LABELS = {"procurify-xero": "Procurify to Xero", "xero-procore": "Xero to Procore"}


def ledger_pairs() -> list[str]:
    """Those whose target keeps a ledger: what is compared with one is asked of these alone."""
    return [slug for slug in PAIRS if pair(slug).bill_flows]


@cache
def pair(slug: str) -> "Pair":
    """The pair of that slug; a KeyError names an unknown one."""
    module, _, name = PAIRS[slug].rpartition(".")
    found: Pair = getattr(import_module(module), name)
    return found
