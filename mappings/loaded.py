"""A stored row as its counterpart in memory."""

from typing import Any

from mappings import problems
from mappings.models import MappingRow, ReferenceEntry, Scope


def common(row: MappingRow, scope: Scope, target: ReferenceEntry | None) -> dict[str, Any]:
    """The fields that all tables share; the caller adds its own."""
    row.scope = scope
    problem = problems.of(row)
    return {
        "table": row.table,
        "pk": row.pk,
        "version": row.version,
        "target": target.key if target else "",
        "code": target.code if target else "",
        "name": target.name if target else "",
        "active": problem is None,
        "problem": problem.sentence(row) if problem else "",
    }
