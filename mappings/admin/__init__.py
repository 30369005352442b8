"""The admin of this app, one module per kind of page."""

from mappings.admin import lists, tables, vendors

__all__ = ["lists", "tables", "vendors"]
