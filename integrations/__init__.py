"""Connections to outside systems, the records that travel between them, and the engine that posts them."""
