"""Which vendors may be moved now: people say whose counterpart is whose at any moment, also while a system is asked."""

from collections.abc import Iterable, Sequence

from integrations.engine.vendor_sync.plans import Keeping, VendorPlan
from integrations.models import Record, Work
from integrations.vendor_documents import VendorAction
from mappings.models import LinkState, Scope, VendorLink


def lock_tables(keeping: Keeping) -> None:
    """Before the records, as whoever links two by hand has them: what is saved of vendors saves links."""
    Scope.objects.select_for_update(no_key=True).get(pk=keeping.integration.scope_id)


def waiting(records: Iterable[Record]) -> set[int]:
    """Those that still wait, locked until the end of the transaction."""
    rows = Record.objects.select_for_update().filter(pk__in=[record.pk for record in records], work=Work.WAITING)
    return set(rows.order_by("pk").values_list("pk", flat=True))


def still(keeping: Keeping, plans: Sequence[VendorPlan]) -> list[VendorPlan]:
    """Those whose record waits, locked, and whom nobody linked since they were compared: these are compared once more,
    not created."""
    locked = waiting(plan.record for plan in plans)
    plans = [plan for plan in plans if plan.record.pk in locked]
    new = [plan.sides for plan in plans if plan.action is VendorAction.CREATE]
    links = VendorLink.objects.filter(scope=keeping.integration.scope, state=LinkState.CONFIRMED)
    vendors = set(links.filter(source_key__in=[each.source_key for each in new]).values_list("source_key", flat=True))
    contacts = set(
        links.filter(target__key__in=[each.target_key for each in new]).values_list("target__key", flat=True)
    )
    linked = {each.pk for each in new if each.source_key in vendors or each.target_key in contacts}
    return [plan for plan in plans if plan.sides.pk not in linked]
