"""Where everything is, as plain JSON: for the demo's last line and for scripts."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum

from integrations.models import Integration, Record, Work
from integrations.places import Amounts, lines


def whereabouts() -> dict[str, Any]:
    """Per integration and flow: what was read, count and amounts per place of A99 and per hold reason."""
    report: dict[str, Any] = {}
    for line in lines(Integration.objects.all()):
        report.setdefault(line.integration.name, {})[line.flow] = {
            "read": _plain(line.read),
            "adds_up": line.adds_up,
            "places": {place: _plain(amounts) for place, amounts in line.places.items()},
            "held": held_by_reason(line.integration, line.flow),
        }
    return report


def held_by_reason(integration: Integration, flow: str) -> dict[str, Any]:
    """Count and amounts per hold reason of what is held now."""
    found: dict[str, Amounts] = defaultdict(Amounts)
    held = Record.objects.filter(integration=integration, flow=flow, work__in=[Work.HELD, Work.APPROVAL])
    for row in held.values("hold_reason", "currency").annotate(records=Count("pk"), total=Sum("amount")).order_by():
        found[row["hold_reason"]].add(row["records"], row["currency"], row["total"])
    return {reason: _plain(amounts) for reason, amounts in sorted(found.items())}


def _plain(amounts: Amounts) -> dict[str, Any]:
    shown = {currency: _text(amount) for currency, amount in sorted(amounts.amounts.items())}
    return {"count": amounts.count, "total": shown}


def _text(amount: Decimal) -> str:
    return f"{amount.quantize(Decimal('0.01')):f}"
