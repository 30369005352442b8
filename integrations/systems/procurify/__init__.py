"""Procurify: requisitions, orders and vendors are read here; nothing but vendors is ever written."""
