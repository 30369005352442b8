"""Procore: projects and budgets are read, vendors, commitments, invoices and payments are written."""
