"""Which addresses may be called: allow-listed hosts by https, this machine by setting."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from integrations.errors import ConfigurationError, ProgrammingError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Base:
    """A base address taken apart: `origin` is scheme, host and port, `url` with the path."""

    origin: str
    url: str


def checked_base(url: str, allowed_hosts: Sequence[str], *, plain_loopback: bool) -> Base:
    """Take a base address, or ConfigurationError; credentials, queries and fragments in it are refused."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if not host or parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigurationError("A system's address must be a scheme and a host, nothing more.")
    if not is_allowed(host, allowed_hosts):
        raise ConfigurationError(f"{host} is not one of the hosts that this system may be called at.")
    if parts.scheme != "https" and not (parts.scheme == "http" and plain_loopback and host in LOOPBACK):
        raise ConfigurationError(f"{host} must be called by https.")
    origin = f"{parts.scheme}://{parts.netloc}"
    return Base(origin, origin + parts.path.rstrip("/"))


def is_allowed(host: str, allowed_hosts: Sequence[str]) -> bool:
    """Exact names, or names under ".suffix"."""
    return any(host == allowed or (allowed.startswith(".") and host.endswith(allowed)) for allowed in allowed_hosts)


def checked_path(path: str) -> str:
    """A path that cannot lead to another host or smuggle a header."""
    if not path.startswith("/") or path.startswith("//") or not _is_clean(path):
        raise ProgrammingError("A call's path must begin with one slash and be percent-encoded.")
    return path


def same_origin(location: str, base: Base) -> str | None:
    """The whole address of a redirect that stays on the origin; None when it leads elsewhere."""
    url = base.origin + location if location.startswith("/") and not location.startswith("//") else location
    parts = urlsplit(url)
    return url if f"{parts.scheme}://{parts.netloc}" == base.origin and _is_clean(url) else None


def path_below(link: str, base: Base) -> str | None:
    """The path and query of a link that stays on the base address; None for any other."""
    if not _is_clean(link) or "/../" in link:
        return None
    if link.startswith("/"):
        return None if link.startswith("//") else link
    below = link.removeprefix(f"{base.url}/")
    return f"/{below}" if below != link else None


def _is_clean(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text
