"""What people do at Procore's own screens, as methods for tests and the seeded contractor.

Every method that belongs to a project takes it by id, name or number, a vendor by id or name, a code as its flat
code ("03-300.M"), a commitment by id or number. `company` is the company's id; the one added first if left out.
Records come back as the API would send them, wherever it sends them at all.
"""

from .access import Access
from .contracts import Contracts
from .money import Money


class Construction(Access, Money, Contracts):
    """Everything together, for the stand-in to inherit."""


__all__ = ["Construction"]
