"""Locks across calls are rows with fencing tokens (E22)."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction

from integrations.engine import leases
from integrations.models import TokenSet

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def row() -> TokenSet:
    return TokenSet.objects.create(system="xero", subject_digest="d")


def test_a_lease_is_had_by_one_worker_at_a_time(row: TokenSet) -> None:
    first = leases.claim(TokenSet, row.pk, 60)
    assert first is not None
    assert leases.claim(TokenSet, row.pk, 60) is None
    assert leases.free(TokenSet, row.pk, first)
    assert leases.claim(TokenSet, row.pk, 60) not in (None, first)


def test_a_lapsed_lease_is_taken_over_and_its_first_holder_may_save_nothing(row: TokenSet) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        first = leases.claim(TokenSet, row.pk, 60)
        clock.shift(timedelta(seconds=60))
        second = leases.claim(TokenSet, row.pk, 60)
        assert first is not None
        assert second is not None
        with pytest.raises(leases.LostLeaseError):
            leases.renew(TokenSet, row.pk, first, 60)
        assert not leases.free(TokenSet, row.pk, first)
        leases.renew(TokenSet, row.pk, second, 60)


def test_a_lapsed_lease_that_nobody_took_is_still_ours(row: TokenSet) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        token = leases.claim(TokenSet, row.pk, 60)
        assert token is not None
        clock.shift(timedelta(hours=1))
        leases.renew(TokenSet, row.pk, token, 60)
        assert leases.claim(TokenSet, row.pk, 60) is None


def test_renewing_prolongs_from_now(row: TokenSet) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        token = leases.claim(TokenSet, row.pk, 60)
        assert token is not None
        clock.shift(timedelta(seconds=50))
        leases.renew(TokenSet, row.pk, token, 60)
        clock.shift(timedelta(seconds=50))
        assert leases.claim(TokenSet, row.pk, 60) is None


def test_no_token_is_no_lease(row: TokenSet) -> None:
    with pytest.raises(leases.LostLeaseError):
        leases.renew(TokenSet, row.pk, "", 60)
    assert not leases.free(TokenSet, row.pk, "")


def test_a_lease_cannot_be_claimed_inside_a_transaction(row: TokenSet) -> None:
    """It would lock out nobody until the commit."""
    with transaction.atomic(), pytest.raises(RuntimeError):
        leases.claim(TokenSet, row.pk, 60)
