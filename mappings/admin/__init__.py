"""The admin of this app, one module per kind of page."""

from mappings.admin import lists, project_tables, tables, vendors

__all__ = ["lists", "project_tables", "tables", "vendors"]
