"""What people do at Xero's own screens, as methods for tests and the seeded company.

Every method takes `tenant` (id or name of the organisation; the one added first if left out), keeps the rules of
the API, and raises `Refused` where Xero refuses. Field names given as keywords are Xero's own. Documents come back
as they are held: all fields, tracking with option ids, prices with four decimals.
"""

from .access import Access
from .crediting import Crediting
from .ordering import Ordering
from .setting_up import SettingUp


class Bookkeeping(SettingUp, Crediting, Ordering, Access):
    """Everything together, for the stand-in to inherit."""


__all__ = ["Bookkeeping"]
