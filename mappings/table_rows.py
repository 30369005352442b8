"""What the rows of all lookup tables have in common once they are in memory."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its target resolved. `target` is the target's own id, `problem` a sentence naming the row."""

    table: str
    pk: int
    version: int
    target: str = ""
    code: str = ""
    name: str = ""
    active: bool = True
    problem: str = ""
