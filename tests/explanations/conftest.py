"""The same world that stories are told in."""

from tests.pairs.conftest import sandbox, world

__all__ = ["sandbox", "world"]
