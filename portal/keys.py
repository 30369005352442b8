"""The keys of one installation: made once, kept in a file outside the repository (E42)."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, repr=False)
class Keys:
    """All keys. In each list or table the first one is used for new work, the others still read."""

    secret_key: str
    fernet_keys: list[str]
    seal_keys: dict[str, str]
    digest_key: str


def load(path: Path, database: Path | None = None) -> Keys:
    """Return the keys in the file, making the file at the first start.

    Processes that start at the same moment agree on one file. Where `database` exists already the
    keys were lost rather than never made: new ones could not read what is encrypted in it, so the
    start is refused. Raises ImproperlyConfigured with what to do.
    """
    if not path.exists():
        if database is not None and database.exists() and database.stat().st_size:
            raise ImproperlyConfigured(
                f"The keys file {path} is missing but the database {database} exists. "
                "Restore the keys file from your backup; without it credentials cannot be read."
            )
        _publish(path)
    return _read(path)


def fresh() -> Keys:
    return Keys(
        secret_key=secrets.token_urlsafe(64),
        fernet_keys=[secrets.token_urlsafe(48)],
        seal_keys={"1": secrets.token_hex(32)},
        digest_key=secrets.token_hex(32),
    )


def _publish(path: Path) -> None:
    """Write the file whole under another name and link it into place: who comes second loses."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(fresh()), file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def _read(path: Path) -> Keys:
    try:
        keys = Keys(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as problem:
        raise ImproperlyConfigured(
            f"The keys file {path} cannot be read ({type(problem).__name__}); restore it from your backup."
        ) from None
    if not (keys.secret_key and keys.fernet_keys and keys.seal_keys and keys.digest_key):
        raise ImproperlyConfigured(f"The keys file {path} lacks a key; restore it from your backup.")
    return keys
