"""Xero to Procore: what is ordered, billed and paid in the books, as cost of the projects it is for. See README.md."""
