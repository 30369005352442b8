"""Suppliers' files on our bills: an optional step of its own, after the bill is known to stand. Never holds a bill."""
