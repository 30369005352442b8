"""What people do at Procurify's own screens, as methods for tests and the seeded company.

Every method takes the `domain` first. Vendors, departments and account codes are named as people call them (name,
name or "location / name", code) or by id; one that does not exist yet is made. Amounts may be Decimal, int, float
or text.
"""

from .many import Many
from .payments import Payments


class Purchasing(Many, Payments):
    """Everything together, for the stand-in to inherit."""


__all__ = ["Purchasing"]
