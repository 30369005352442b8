"""The terms that documents of a project are translated on: the integration's settings and the facts of its projects."""

from decimal import Decimal

from integrations.models import Integration, ProjectSettings
from integrations.models.projects import words
from integrations.pairs.xero_procore.terms import Basis, BudgetBy, DeletedOrders, ProjectTerms, Trigger, Unlinked
from integrations.project_documents import CommitmentStatus, DirectCostStatus, ProjectFacts, RequisitionStatus
from integrations.systems import system
from mappings import keys
from mappings.models import Books, Kind, ReferenceEntry


def settings_of(integration: Integration) -> ProjectSettings:
    """As saved, or as they are before anybody chose."""
    found = ProjectSettings.objects.filter(integration=integration).first()
    return found or ProjectSettings(integration=integration)


def terms_of(integration: Integration) -> ProjectTerms:
    """Codes and budgets stand in the tables; here is what holds of every document alike."""
    chosen, target = settings_of(integration), integration.target
    projects = _projects(target.books) if target.books else {}
    taxed = {keys.project_number(number) for number in words(chosen.taxed_projects)}
    return ProjectTerms(
        start_date=integration.start_date,
        project_category=chosen.project_category,
        projects=projects,
        budget_category=chosen.budget_category,
        bases={
            each.project_id: Basis.NET_AND_COST_TAX
            for each in projects.values()
            if keys.project_number(each.number) in taxed
        },
        cost_taxes=words(chosen.cost_taxes),
        claimed_taxes=words(chosen.claimed_taxes),
        budget_by=BudgetBy(chosen.budget_by),
        strict_budget=chosen.strict_budget,
        lock_settled=chosen.lock_settled,
        trigger=Trigger(chosen.trigger),
        unlinked=Unlinked(chosen.unlinked),
        commitment_status=CommitmentStatus(chosen.commitment_status),
        deleted_orders=DeletedOrders(chosen.deleted_orders),
        requisition_status=RequisitionStatus(chosen.requisition_status),
        direct_cost_status=DirectCostStatus(chosen.direct_cost_status),
        tolerance_percent=_some(chosen.tolerance_percent),
        tolerance_amount=_some(chosen.tolerance_amount),
        target_decimals=system(target.system).decimals,
        source_label=integration.source.label,
        target_label=target.label,
    )


def placing_terms(integration: Integration) -> ProjectTerms:
    """As much of them as says where a document belongs, without the lists of the project's system."""
    return ProjectTerms(
        start_date=integration.start_date,
        project_category="",
        source_label=integration.source.label,
        target_label=integration.target.label,
    )


def _projects(books: Books) -> dict[str, ProjectFacts]:
    entries = ReferenceEntry.objects.filter(books=books, kind=Kind.PROJECT)
    return {
        entry.key: ProjectFacts(
            project_id=entry.key,
            number=entry.code,
            name=entry.name,
            active=entry.active,
            currency=entry.attribute("currency"),
            several_currencies=bool(entry.attribute("several_currencies")),
            origin=entry.attribute("external_ref"),
        )
        for entry in entries
    }


def _some(value: Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(value)
