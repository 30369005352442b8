"""The outside systems: slug -> dotted path of a `System`, imported at first use."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integrations.systems.facts import System

SYSTEMS = {
    "procore": "integrations.systems.procore.system.PROCORE",
    "procurify": "integrations.systems.procurify.system.PROCURIFY",
    "xero": "integrations.systems.xero.system.XERO",
}
SYSTEM_LABELS = {"procore": "Procore", "procurify": "Procurify", "xero": "Xero"}


@cache
def system(slug: str) -> "System":
    """The facts of that system; a KeyError names an unknown one."""
    from integrations.systems.facts import load

    found: System = load(SYSTEMS[slug])
    return found
