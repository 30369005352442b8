"""Which chats and webhooks may be told: known services, over TLS, outside this network unless the operator allows it.

An address is a secret. No message of this module repeats any part of it.
"""

import ipaddress
import logging
import socket
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

# apprise's own class for each service that may be named, and what people call it.
SERVICES: Mapping[str, str] = {
    "NotifySlack": "Slack",
    "NotifyDiscord": "Discord",
    "NotifyWorkflows": "Microsoft Teams",
    "NotifyGoogleChat": "Google Chat",
    "NotifyZulip": "Zulip",
    "NotifyTelegram": "Telegram",
    "NotifyMattermost": "Mattermost",
    "NotifyJSON": "Webhook",
}
# These are sent to a host that the address itself names.
NAMES_ITS_HOST = frozenset({"NotifyWorkflows", "NotifyMattermost", "NotifyJSON"})
LEADS_INSIDE = "That address leads into a private network. The operator can allow its host."
# The library writes addresses that it cannot read into its log.
logging.getLogger("apprise").addFilter(lambda record: False)


def checked(address: str) -> tuple[Any, str]:
    """apprise's notifier and what the service is called; ValidationError in words that hold nothing of the address."""
    import apprise  # half a second that only those pay who tell a chat

    # No redirect is followed: it could lead where the check did not look.
    asset = apprise.AppriseAsset(app_id="Counterfoil", app_desc="Counterfoil", http_redirects=False, async_mode=False)
    notifier = apprise.Apprise.instantiate(address.strip(), asset=asset, suppress_exceptions=True)
    service = SERVICES.get(type(notifier).__name__, "")
    if notifier is None or not service:
        known = ", ".join(sorted(SERVICES.values()))
        raise ValidationError(f"That is no address of a service that may be told. These may: {known}.")
    if not notifier.verify_certificate or notifier.redirects:
        raise ValidationError("An address may not switch the check of certificates off, nor redirects on.")
    if stays_outside(notifier):
        _refuse_inside(notifier)
    return notifier, service


def stays_outside(notifier: Any) -> bool:
    """Whether it names its host itself, and not one that the operator allows."""
    return type(notifier).__name__ in NAMES_ITS_HOST and _host(notifier) not in settings.ALERT_HOSTS


def _host(notifier: Any) -> str:
    return str(notifier.host or "").lower()


def _refuse_inside(notifier: Any) -> None:
    """A person may not have the server call into its own network; the operator may name hosts there."""
    if not notifier.secure:
        raise ValidationError("Only addresses over TLS (https) may be told.")
    try:
        found = {each[4][0] for each in socket.getaddrinfo(_host(notifier), None)}
    except OSError:
        raise ValidationError("The host of that address cannot be found.") from None
    if not all(ipaddress.ip_address(each).is_global for each in found):
        raise ValidationError(LEADS_INSIDE)
