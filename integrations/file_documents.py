"""Files as the engine knows them: one of a document at the source, one that hangs on a document in the target."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SourceFile:
    """`link` may be of short life and is never kept or shown. `length` and `sha1` are the source's own word, if any."""

    key: str
    name: str
    link: str = field(repr=False)
    media_type: str = ""
    length: int | None = None
    sha1: str = ""


@dataclass(frozen=True, slots=True)
class AttachedFile:
    key: str
    name: str
    length: int | None
