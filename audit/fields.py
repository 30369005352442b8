"""A column for values that must read back byte for byte."""

from typing import TYPE_CHECKING, Any

from django.db import models

from audit.canonical import canonical, parsed

if TYPE_CHECKING:
    TextField = models.TextField[Any, Any]
else:
    TextField = models.TextField


class Canonical(str):
    """Text that `canonical` has written already."""

    __slots__ = ()


class CanonicalJSONField(TextField):
    """JSON in canonical form, as text: PostgreSQL's jsonb rewrites numbers, and the digest would not match."""

    def from_db_value(self, value: str | None, *_: object) -> Any:
        return None if value is None else parsed(value)

    def get_prep_value(self, value: Any) -> str | None:
        if value is None or type(value) is Canonical:
            return value
        return canonical(value)
