"""Every environment variable Counterfoil knows, each read once by one typed function.

Nothing else in the portal reads the environment. The table of these variables for operators
is in the README of this folder; a test compares the two.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured

LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")

# Which parts of an outside system have an address of their own, and where the stand-in of the
# sandbox serves them: the port counted from SANDBOX_URL, and the path before the system's own.
SANDBOX_PARTS: Mapping[str, tuple[int, Mapping[str, str]]] = {
    "xero": (1, {"api": "", "identity": "", "login": ""}),
    "procurify": (2, {"api": "/{domain}", "files": "/storage"}),
    "procore": (3, {"api": "", "login": ""}),
}
PACE_LIMITS = ("minute", "day", "concurrent")
HTTP = ("http", "https")
DATABASES = ("sqlite", "postgres", "postgresql")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

_env = environ.Env()
_SWITCHES = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}


def _text(name: str, default: str) -> str:
    """A variable that is set to nothing counts as not set."""
    return str(_env.str(name, default="")).strip() or default


def _switch(name: str, default: bool) -> bool:
    """A word that is neither on nor off stops the start: guessing could switch a protection off."""
    word = _text(name, "on" if default else "off").lower()
    if word not in _SWITCHES:
        raise ImproperlyConfigured(f"{name} must be on or off.")
    return _SWITCHES[word]


def _count(name: str, default: int, least: int = 0) -> int:
    figure = _text(name, str(default))
    if not figure.isdigit() or int(figure) < least:
        from_ = f" from {least}" if least else ""
        raise ImproperlyConfigured(f"{name} must be a whole number{from_}, like {default}.")
    return int(figure)


def _address(name: str, default: str, like: str, schemes: Collection[str]) -> str:
    """An address of one of these schemes. What was written is never repeated: it may hold a password."""
    address = _text(name, default)
    try:
        parts = urlsplit(address)
        sound = not address or (parts.scheme in schemes and (parts.port is None or parts.port > 0))
    except ValueError:
        sound = False
    if not sound:
        raise ImproperlyConfigured(f"{name} must look like {like}.")
    return address


def home() -> Path:
    """COUNTERFOIL_HOME: the folder of the keys file, the epoch file and the default database."""
    return Path(_text("COUNTERFOIL_HOME", "~/.counterfoil")).expanduser().resolve()


def keys_file() -> Path:
    """KEYS_FILE: where the keys lie, when several machines share one file from a secret store."""
    return Path(_text("KEYS_FILE", str(home() / "keys.json"))).expanduser()


def site_url() -> str:
    """SITE_URL: the address people type, without a slash at the end; OAuth callbacks begin with it."""
    address = _text("SITE_URL", "http://localhost:8000").rstrip("/")
    try:
        urlsplit(address).port  # noqa: B018  (reading it is what finds a port that is none)
    except ValueError:
        raise ImproperlyConfigured("SITE_URL must look like https://counterfoil.example.com.") from None
    return address


def debug() -> bool:
    """DEBUG: Django's debug pages; never where anybody else can reach the portal."""
    return _switch("DEBUG", False)


def demo() -> bool:
    """DEMO: the portal with stand-ins and printed passwords; no second factor, localhost only."""
    return _switch("DEMO", False)


def allowed_hosts() -> list[str]:
    """ALLOWED_HOSTS: names the portal answers to beside SITE_URL's own, comma separated."""
    further = [host.strip() for host in _text("ALLOWED_HOSTS", "").split(",") if host.strip()]
    host = urlsplit(site_url()).hostname or ""
    own = LOCAL_HOSTS if host in ("localhost", "127.0.0.1", "::1") else (host,)
    return list(dict.fromkeys([*own, *further]))


def behind_proxy() -> bool:
    """BEHIND_PROXY: a proxy ends TLS and sets X-Forwarded-Proto and X-Forwarded-For itself."""
    return _switch("BEHIND_PROXY", False)


def database() -> dict[str, Any]:
    """DATABASE_URL: sqlite:///path or postgres://user:password@host:port/name."""
    like = "postgres://user:password@host:5432/name; without it everything is kept in SQLite"
    address = _address("DATABASE_URL", f"sqlite:///{home() / 'counterfoil.sqlite3'}", like, DATABASES)
    found = dict(_env.db_url_config(address))
    if not found["NAME"] or found["NAME"] == ":memory:":
        raise ImproperlyConfigured("DATABASE_URL must name a database that all processes share.")
    return found


def redis_url() -> str:
    """REDIS_URL: use this Redis as the workers' broker and cache; empty means the database."""
    return _address("REDIS_URL", "", "redis://host:6379/0", ("redis", "rediss", "unix"))


def queue_name() -> str:
    """QUEUE_NAME: keeps two portals apart that share one Redis."""
    return _text("QUEUE_NAME", "counterfoil")


def workers() -> int:
    """WORKERS: worker processes of one cluster."""
    return _count("WORKERS", 2)


def web_workers() -> int:
    """WEB_WORKERS: processes of the web server."""
    return _count("WEB_WORKERS", 2, least=1)


def bind() -> str:
    """BIND: host and port that the web server listens on."""
    found = _text("BIND", "127.0.0.1:8000")
    host, _, port = found.rpartition(":")
    if not host or not port.isdigit():
        raise ImproperlyConfigured("BIND must be host and port, like 127.0.0.1:8000.")
    return found


def email() -> dict[str, Any]:
    """EMAIL_URL: smtp+tls://user:password@host:port; without it mails are written to the log."""
    like = "smtp+tls://user:password@host:587; without it mails go to the log"
    return dict(_env.email_url_config(_address("EMAIL_URL", "consolemail://", like, environ.Env.EMAIL_SCHEMES)))


def email_from() -> str:
    """EMAIL_FROM: the sender of alerts."""
    return _text("EMAIL_FROM", f"counterfoil@{urlsplit(site_url()).hostname}")


def alert_hosts() -> list[str]:
    """ALERT_HOSTS: hosts of the company's own network that chats and webhooks may name, comma separated."""
    return [host.strip().lower() for host in _text("ALERT_HOSTS", "").split(",") if host.strip()]


def second_person() -> bool:
    """SECOND_PERSON: off only where one person is the whole accounts office (E11)."""
    return _switch("SECOND_PERSON", True)


def time_zone() -> str:
    """TIME_ZONE: the zone in which pages show times, as an IANA name."""
    name = _text("TIME_ZONE", "UTC")
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ImproperlyConfigured("TIME_ZONE must be the IANA name of a zone, like Europe/Berlin.") from None


def log_level() -> str:
    """LOG_LEVEL: DEBUG, INFO, WARNING or ERROR."""
    level = _text("LOG_LEVEL", "INFO").upper()
    if level not in LOG_LEVELS:
        raise ImproperlyConfigured(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}.")
    return level


def audit_details_days() -> int:
    """AUDIT_DETAILS_DAYS: after how many days details that are no evidence are erased; 0 keeps them."""
    return _count("AUDIT_DETAILS_DAYS", 400)


def documents_days() -> int:
    """DOCUMENTS_DAYS: how long the text of a settled source document is kept; 0 keeps it."""
    return _count("DOCUMENTS_DAYS", 800)


def static_root() -> Path:
    """STATIC_ROOT: where collectstatic puts the styles and scripts that a proxy may serve."""
    return Path(_text("STATIC_ROOT", str(home() / "static"))).expanduser()


def metrics_token() -> str:
    """METRICS_TOKEN: a bearer token with which a monitor on another machine may read /metrics."""
    return _text("METRICS_TOKEN", "")


def worker_epoch() -> str:
    """WORKER_EPOCH: set by the supervisor for the workers it starts; never by hand."""
    return _text("WORKER_EPOCH", "")


def system_hosts() -> dict[str, dict[str, str]]:
    """SANDBOX_URL and <SYSTEM>_<PART>_URL: other base addresses than the systems' real ones.

    SANDBOX_URL is the sandbox's control address; the stand-ins follow on the next ports. A single
    address, say XERO_API_URL, wins over it. Only an operator sets these, never a tenant.
    """
    sandbox = _address("SANDBOX_URL", "", "http://localhost:9100", HTTP)
    hosts: dict[str, dict[str, str]] = {}
    for system, (offset, parts) in SANDBOX_PARTS.items():
        for part, path in parts.items():
            default = _sandbox_address(sandbox, offset, path) if sandbox else ""
            name = f"{system}_{part}_URL".upper()
            if address := _address(name, default, "https://api.example.com", HTTP).rstrip("/"):
                hosts.setdefault(system, {})[part] = address
    return hosts


def _sandbox_address(sandbox: str, offset: int, path: str) -> str:
    url = urlsplit(sandbox)
    if url.port is None or not url.hostname:
        raise ImproperlyConfigured("SANDBOX_URL needs a host and a port, like http://localhost:9100.")
    return f"{url.scheme}://{url.hostname}:{url.port + offset}{path}"


def pace() -> dict[str, dict[str, int]]:
    """PACE_<SYSTEM>: a company's own agreed limits, like PACE_XERO=minute=60,day=5000,concurrent=5.

    Only the limits named are replaced; the others stay as the system publishes them. 0 is no limit.
    """
    names = {system: f"PACE_{system}".upper() for system in SANDBOX_PARTS}
    stated = {system: _text(name, "") for system, name in names.items()}
    return {system: _limits(names[system], text) for system, text in stated.items() if text}


def _limits(variable: str, text: str) -> dict[str, int]:
    limits: dict[str, int] = {}
    for part in text.split(","):
        name, _, figure = part.strip().partition("=")
        if name not in PACE_LIMITS or not figure.isdigit():
            raise ImproperlyConfigured(
                f"{variable} must look like minute=60,day=5000,concurrent=5, in whole numbers; 0 is no limit."
            )
        limits[name] = int(figure)
    return limits
