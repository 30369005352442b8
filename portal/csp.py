"""The Content-Security-Policy of every page (E41); the reasons stand in the README of this folder."""

from functools import cache
from urllib.parse import urlsplit

from django.conf import settings

# Where a form that starts "connect" may be sent on to. A browser checks every redirect after a
# form against this list, so the hosts of systems with sign-in pages stand in it.
SIGN_IN_HOSTS = ("https://*.xero.com",)


@cache
def policy() -> str:
    """The header's value."""
    rules = {
        "default-src": "'self'",
        "script-src": "'self' 'unsafe-eval'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'self'",
        "frame-ancestors": "'none'",
        "form-action": " ".join(("'self'", *SIGN_IN_HOSTS, *_sandbox_hosts())),
    }
    return "; ".join(f"{rule} {value}" for rule, value in rules.items())


def _sandbox_hosts() -> list[str]:
    addresses = (address for parts in settings.SYSTEM_HOSTS.values() for address in parts.values())
    return sorted({f"{url.scheme}://{url.netloc}" for url in map(urlsplit, addresses)})
