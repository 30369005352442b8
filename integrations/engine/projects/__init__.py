"""The engine for books that keep commitments, invoices and payments by project (README.md)."""
