"""The admin of this app, one module per section; `visibility` says who sees what in each (E14)."""

from integrations import visibility
from integrations.admin import (
    connections,
    decisions,
    discrepancies,
    drift,
    held,
    installations,
    integrations,
    records,
    reports,
    requests,
    runs,
    vendors,
)
from mappings import visibility as tables

__all__ = [
    "connections",
    "decisions",
    "discrepancies",
    "drift",
    "held",
    "installations",
    "integrations",
    "records",
    "reports",
    "requests",
    "runs",
    "vendors",
]

tables.register(visibility.scopes)
