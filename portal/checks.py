"""System checks: settings that are unsafe or contradict each other are refused, with what to do."""

import stat
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured

from portal import environment

LOCAL = ("localhost", "127.0.0.1", "::1")


def register() -> None:
    checks.register(settings_agree, checks.Tags.security)
    checks.register(ready_for_others, checks.Tags.security, deploy=True)


def settings_agree(app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:
    """Checked at every start."""
    return [*_site(), *_workers(), *_keys()]


def ready_for_others(app_configs: Sequence[AppConfig] | None, **_options: Any) -> Iterator[CheckMessage]:
    """Checked by `check --deploy` only."""
    if _site_parts().scheme == "https" and not settings.BEHIND_PROXY:
        yield Warning(
            "SITE_URL is https but BEHIND_PROXY is off.",
            hint="Set BEHIND_PROXY=on when a proxy ends TLS, or every page redirects to itself for ever.",
            id="portal.W002",
        )
    if _site_parts().scheme == "https" and _site_parts().port not in (None, 443):
        yield Warning(
            f"SITE_URL has port {_site_parts().port}, and systems send their webhooks to port 443 only.",
            hint="Serve the portal on the usual port of https, or do without webhooks: everything is read regularly.",
            id="portal.W004",
        )
    if settings.ON_SQLITE and settings.Q_CLUSTER["workers"] > 4:
        yield Warning(
            "More than four workers share one SQLite file.",
            hint="SQLite lets one of them write at a time: set DATABASE_URL to PostgreSQL, or WORKERS to 4.",
            id="portal.W003",
        )


def refuse_unsafe_settings() -> None:
    """For a web server, which runs no checks by itself. Raises ImproperlyConfigured with what to do."""
    serious = [message for message in settings_agree(None) if message.is_serious()]
    if serious:
        raise ImproperlyConfigured(" ".join(f"{message.msg} {message.hint}" for message in serious))


def _site_parts() -> Any:
    return urlsplit(settings.SITE_URL)


def _site() -> Iterator[CheckMessage]:
    url = _site_parts()
    local = url.hostname in LOCAL
    if url.scheme not in ("http", "https") or not url.hostname or url.path or url.query:
        yield Error(
            f"SITE_URL is {settings.SITE_URL!r}, which is not the address of a site.",
            hint="Set SITE_URL to scheme and host alone, like https://counterfoil.example.com.",
            id="portal.E001",
        )
        return
    if "xero" in settings.SITE_URL.lower():
        yield Error(
            "SITE_URL contains the word xero, and Xero refuses such links and redirect addresses.",
            hint="Serve the portal under a name without it.",
            id="portal.E002",
        )
    if url.scheme == "http" and url.hostname and not local:
        yield Error(
            "SITE_URL is plain http on a host that others can reach; passwords would travel in the open.",
            hint="Put TLS in front and set SITE_URL to https://…, with BEHIND_PROXY=on for a proxy.",
            id="portal.E003",
        )
    if settings.DEBUG and not local:
        yield Error(
            "DEBUG is on for a site that is not localhost; its error pages show settings and data.",
            hint="Unset DEBUG.",
            id="portal.E004",
        )
    if settings.DEMO and not local:
        yield Error(
            "DEMO is on for a site that is not localhost; its passwords are public, with no second factor.",
            hint="Unset DEMO, or set SITE_URL to http://localhost:8000.",
            id="portal.E005",
        )
    yield from _hosts(url.hostname or "")


def _hosts(host: str) -> Iterator[CheckMessage]:
    if "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS is *, so anybody's host name is believed, also in the links of mails.",
            hint="List the names that the portal answers to beside SITE_URL's, or unset it.",
            id="portal.E006",
        )
    replaced = [urlsplit(url) for parts in settings.SYSTEM_HOSTS.values() for url in parts.values()]
    if any(url.scheme != "https" and url.hostname not in LOCAL for url in replaced):
        yield Error(
            "An outside system is reached by plain http on another host; tokens would travel in the open.",
            hint="Write https in SANDBOX_URL and the <SYSTEM>_<PART>_URL variables, or name this machine there.",
            id="portal.E007",
        )
    if any(url.hostname in LOCAL for url in replaced) and host not in LOCAL:
        yield Warning(
            "Some outside systems are replaced by stand-ins on this machine; nothing reaches the real ones.",
            hint="Unset SANDBOX_URL and the <SYSTEM>_<PART>_URL variables.",
            id="portal.W001",
        )


def _workers() -> Iterator[CheckMessage]:
    cluster = settings.Q_CLUSTER
    if not cluster.get("timeout") or cluster.get("retry", 60) < 2 * cluster["timeout"]:
        yield Error(
            "Q_CLUSTER's retry is less than twice its timeout: tasks would run while they still run.",
            hint="Keep timeout 300 and retry 900.",
            id="portal.E010",
        )
    if cluster.get("workers", 0) < 1:
        yield Error("WORKERS is below 1, so nothing would ever run.", hint="Set WORKERS to 2.", id="portal.E011")
    if cluster.get("catch_up", True) or not cluster.get("max_attempts") or cluster.get("bulk", 1) != 1:
        yield Error(
            "Q_CLUSTER must keep catch_up off, max_attempts at 1 and bulk at 1.",
            hint="Our own tables count attempts and know what is due; restore the shipped values.",
            id="portal.E012",
        )
    if cluster.get("broker_class") not in ("portal.brokers.DatabaseBroker", "portal.brokers.RedisBroker"):
        yield Error(
            "Q_CLUSTER's broker_class is not one of portal.brokers, so workers would run anybody's function.",
            hint="Restore broker_class; set REDIS_URL to use Redis.",
            id="portal.E013",
        )


def _keys() -> Iterator[CheckMessage]:
    if len(settings.SECRET_KEY) < 50 or settings.SECRET_KEY.startswith("django-insecure"):
        yield Error(
            "SECRET_KEY is a default or too short.",
            hint="Let Counterfoil make its keys file at the first start; see KEYS_FILE.",
            id="portal.E020",
        )
    if settings.SECRET_KEY in settings.FERNET_KEYS or not settings.FERNET_KEYS:
        yield Error(
            "Credentials have no encryption key of their own.",
            hint="Keep FERNET_KEYS as the keys file holds them, apart from SECRET_KEY.",
            id="portal.E021",
        )
    path = environment.keys_file()
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Error(
            f"Other users of this machine can read the keys file {path}.",
            hint=f"Run: chmod 600 {path}",
            id="portal.E022",
        )
