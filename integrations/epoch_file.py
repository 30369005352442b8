"""What this machine remembers of its database outside of it (E5): the epoch last seen, and a doubt it raised."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from integrations.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Remembered:
    """`epoch` is "" where none was ever seen; `doubted_at` is the database's own time of the doubt, ISO 8601."""

    epoch: str = ""
    doubted_at: str = ""


def read(path: Path) -> Remembered | None:
    """None when there is no file. Raises ConfigurationError for a file that is not ours."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return None
    try:
        return Remembered(**json.loads(text))
    except (ValueError, TypeError):
        raise ConfigurationError(
            f"The epoch file {path} cannot be read. Restore it from your backup, or delete it and confirm anew."
        ) from None


def write(path: Path, remembered: Remembered) -> None:
    """Replace the file whole, so that a reader sees the old contents or the new."""
    draft = _draft(path, remembered)
    os.replace(draft, path)


def create(path: Path, remembered: Remembered) -> None:
    """Write the file unless another process was first."""
    draft = _draft(path, remembered)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _draft(path: Path, remembered: Remembered) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    draft.write_text(json.dumps(asdict(remembered)))
    return draft
