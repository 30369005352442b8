"""What django-q2 calls."""

from portal.alerts import sending


def deliver() -> None:
    """Send what is due."""
    sending.deliver()
