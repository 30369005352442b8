"""Honest stand-ins of the outside systems. Runs by itself: needs the standard library only, no Django."""

from .box import Sandbox

__all__ = ["Sandbox"]
