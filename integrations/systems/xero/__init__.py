"""Xero: draft bills are written and read back here, contacts, lists, and what suppliers are owed and paid are read."""
