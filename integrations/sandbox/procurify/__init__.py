"""Procurify as its documentation of October 2026 has it: two customers on one port, each under a path of its own."""
