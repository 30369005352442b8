"""Xero: draft bills are written and read back here, contacts and reference lists are read."""
