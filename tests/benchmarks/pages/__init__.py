"""`make bench ARGS=--pages`: what the lists and pages cost with a million records and five million audit entries.

The rows are made by the database itself, on PostgreSQL; the triggers on the trail stay in place.
"""
