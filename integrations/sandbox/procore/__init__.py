"""Procore: login and API hosts on one port."""
