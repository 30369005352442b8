"""Locks across calls over the network: a row with a fencing token, claimed and committed (E22).

Any model with `lease_token` and `lease_until` can be leased. Times are this machine's clock: a clock that runs
ahead can take a lease early, and the fencing token is what keeps that harmless.
"""

import uuid
from datetime import timedelta

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from integrations.errors import RetryLaterError


class LostLeaseError(Exception):
    """Another worker holds the lease now: whatever was meant to be saved under it must not be."""


class BusyError(RetryLaterError):
    """Another worker of ours is at it; nothing is wrong with the system at the other end."""

    cause = "busy"


def claim(model: type[models.Model], pk: int, seconds: float) -> str | None:
    """Take the lease of one row, committed at once; its token, or None while somebody else holds it.

    Not inside a transaction: a lease that is not committed locks out nobody.
    """
    token, now = str(uuid.uuid4()), timezone.now()
    with transaction.atomic(durable=True):
        taken = (
            _rows(model, pk)
            .filter(Q(lease_token="") | Q(lease_until=None) | Q(lease_until__lte=now))
            .update(lease_token=token, lease_until=now + timedelta(seconds=seconds))
        )
    return token if taken else None


def renew(model: type[models.Model], pk: int, token: str, seconds: float) -> None:
    """Prolong a lease from now on. In a transaction it also keeps others from taking it until the commit.

    A lease that lapsed and that nobody took is still ours. Raises LostLeaseError when another worker took it.
    """
    until = timezone.now() + timedelta(seconds=seconds)
    if not token or not _rows(model, pk).filter(lease_token=token).update(lease_until=until):
        raise LostLeaseError(f"The lease of {model._meta.verbose_name} {pk} was taken by another worker.")


def free(model: type[models.Model], pk: int, token: str) -> bool:
    """Give the lease back; False when it had been lost already."""
    return bool(token) and bool(_rows(model, pk).filter(lease_token=token).update(lease_token="", lease_until=None))


def _rows(model: type[models.Model], pk: int) -> "models.QuerySet[models.Model]":
    return model._base_manager.filter(pk=pk)
