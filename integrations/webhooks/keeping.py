"""Events as rows, each once, and counts of what was not taken."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from integrations import digests
from integrations.models import Connection, Integration, RefusedWebhook, WebhookEvent
from integrations.systems.exact_json import dumps
from integrations.systems.webhooks import Sender, Told
from integrations.webhooks.remembered import Remembered

STRANGER, UNPROVED, OVERSIZED, UNREADABLE = "stranger", "unproved", "oversized", "unreadable"
UNKNOWN_COMPANY, UNUSED, NO_USE = "unknown-company", "unused-company", "no-use"
MEANINGS: Mapping[str, str] = {
    STRANGER: "requests to an address that was never given out",
    UNPROVED: "requests with a wrong signature or header",
    OVERSIZED: "requests of more than a megabyte",
    UNREADABLE: "requests in a form that we do not know",
    UNKNOWN_COMPANY: "events of companies that are not connected",
    UNUSED: "events of companies that no integration uses",
    NO_USE: "events of kinds that are of no use to us",
}
logger = logging.getLogger("counterfoil.webhooks")


def keep(sent_by: Sender, told: Sequence[Told]) -> bool:
    """Store the events of companies in use, in one statement; true when there were any."""
    useful = [each for each in told if each.category in sent_by.categories]
    companies = _companies(sent_by, {each.company for each in useful})
    left = Counter({NO_USE: len(told) - len(useful)})
    now, rows = timezone.now(), []
    for each in useful:
        connection, used = companies.get(each.company, (0, False))
        if used:
            rows.append(_row(connection, each, now))
        else:
            left[UNUSED if connection else UNKNOWN_COMPANY] += 1
    if rows:
        WebhookEvent.objects.bulk_create(rows, ignore_conflicts=True)
    for why, events in left.items():
        if events:
            count(sent_by.slug, why, events)
            logger.info("%s told of %s %s", sent_by.label, events, MEANINGS[why])
    return bool(rows)


def _stored(system: str) -> dict[str, tuple[int, bool]]:
    """Per company of a system, by its digest, the connection, and whether an integration uses it."""
    at_either_end = Integration.objects.filter(Q(source=OuterRef("pk")) | Q(target=OuterRef("pk")))
    rows = Connection.objects.filter(system=system).exclude(tenant_digest="").annotate(used=Exists(at_either_end))
    return {digest: (pk, used) for digest, pk, used in rows.values_list("tenant_digest", "pk", "used")}


companies_of = Remembered(_stored)


def _companies(sent_by: Sender, named: set[str]) -> dict[str, tuple[int, bool]]:
    stored = companies_of(sent_by.slug) or {}
    digest = {digests.tenant_digest(sent_by.slug, key): company for company in named for key in sent_by.keys(company)}
    return {company: stored[each] for each, company in digest.items() if each in stored}


def _row(connection: int, told: Told, now: datetime) -> WebhookEvent:
    return WebhookEvent(
        connection_id=connection,
        fingerprint=told.fingerprint,
        category=told.category[:60],
        resource=told.resource[:100],
        kind=told.kind[:40],
        happened_at=told.happened_at,
        received_at=now,
        body=dumps(told.raw),
    )


def count(system: str, why: str, times: int = 1) -> None:
    now = timezone.now()
    mine = RefusedWebhook.objects.filter(system=system, why=why)
    if mine.update(count=F("count") + times, last_at=now):
        return
    try:
        with transaction.atomic():
            RefusedWebhook.objects.create(system=system, why=why, count=times, last_at=now)
    except IntegrityError:
        mine.update(count=F("count") + times, last_at=now)
