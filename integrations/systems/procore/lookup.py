"""Finding project documents at Procore by what we know of them, as live as Procore is (E2)."""

from integrations.documents import Vendor
from integrations.http import Http
from integrations.project_documents import StoredContractPayment, StoredDirectCost, StoredDocument, StoredRequisition
from integrations.project_writes import (
    CommitmentRemoval,
    DirectCostChange,
    DirectCostRemoval,
    DirectCostWrite,
    HeaderWrite,
    LineRemoval,
    LinesWrite,
    PaymentChange,
    PaymentLock,
    PaymentRemoval,
    PaymentWrite,
    ProjectVendorWrite,
    ProjectWrite,
    RequisitionChange,
    RequisitionItemsChange,
    RequisitionRemoval,
    RequisitionWrite,
    StatusWrite,
)
from integrations.systems.procore import commitments, parse, paths
from integrations.systems.procore.walking import Listing, documents


def requisitions(http: Http, project: str, commitment: str) -> list[StoredRequisition]:
    """The whole chain with its items, oldest first."""
    return sorted(_requisitions(http, project, commitment), key=lambda row: row.sequence)


def requisitions_of_project(http: Http, project: str) -> list[StoredRequisition]:
    """Of every commitment, in no order, without their items."""
    return _requisitions(http, project)


def _requisitions(http: Http, project: str, commitment: str = "") -> list[StoredRequisition]:
    chain = {"filters[commitment_id]": commitment, "view": "extended"} if commitment else {}
    listing = Listing(
        paths.REQUISITIONS,
        paths.REQUISITIONS,
        lambda raw: parse.requisition(raw, project),
        {"project_id": project, **chain},
        obeys=lambda row: commitment in ("", row.commitment),
    )
    return documents(http, listing)


def payments(http: Http, project: str, commitment: str) -> list[StoredContractPayment]:
    """The list has no filters but needs both ids."""
    params = {"project_id": project, "contract_id": commitment}
    listing = Listing(paths.PAYMENTS, paths.PAYMENTS, lambda raw: parse.payment(raw, project, commitment), params)
    return documents(http, listing)


def direct_costs(http: Http, project: str, **sought: str) -> list[StoredDirectCost]:
    """With this `invoice_number` of the supplier's, or this `id`; all of the project where nothing is sought."""
    path = paths.DIRECT_COSTS.format(project_id=project)
    filters = {f"filters[{name}]": value for name, value in sought.items()}
    return documents(http, Listing(path, paths.DIRECT_COSTS, lambda raw: parse.direct_cost(raw, project), filters))


def directory(http: Http, project: str, vendor: str = "") -> list[Vendor]:
    """The project's vendors, or the one with this id, if it is among them."""
    path = paths.PROJECT_VENDORS.format(project_id=project)
    filters = {"filters[id][]": vendor} if vendor else {}
    found = documents(http, Listing(path, paths.PROJECT_VENDORS, parse.vendor, filters))
    return [each for each in found if not vendor or each.source_id == vendor]


def find(http: Http, write: ProjectWrite) -> list[StoredDocument]:
    """What stands with exactly the reference, or the id, of this write."""
    match write:
        case HeaderWrite(commitment):
            return [*commitments.by_origin(http, commitment.project, commitment.origin)]
        case LinesWrite(project, commitment) | LineRemoval(project, commitment) | StatusWrite(project, commitment):
            return [*commitments.by_ids(http, project, [commitment])]
        case CommitmentRemoval(project, commitment):
            return [each for each in commitments.by_ids(http, project, [commitment]) if not each.removed]
        case RequisitionWrite(requisition):
            chain = requisitions(http, requisition.project, requisition.commitment)
            return [each for each in chain if each.reference == requisition.reference]
        case (
            RequisitionChange(project, commitment, requisition)
            | RequisitionItemsChange(project, commitment, requisition)
            | RequisitionRemoval(project, commitment, requisition)
        ):
            return [each for each in requisitions(http, project, commitment) if each.target_id == requisition]
        case PaymentWrite(payment):
            paid = payments(http, payment.project, payment.commitment)
            return [each for each in paid if each.reference == payment.reference]
        case (
            PaymentChange(project, commitment, payment)
            | PaymentLock(project, commitment, payment)
            | PaymentRemoval(project, commitment, payment)
        ):
            return [each for each in payments(http, project, commitment) if each.target_id == payment]
        case DirectCostWrite(cost):
            return [*_direct_costs_of(http, cost.project, cost.reference, cost.number)]
        case DirectCostChange(project, cost_id) | DirectCostRemoval(project, cost_id):
            return [each for each in direct_costs(http, project, id=cost_id) if each.target_id == cost_id]
        case ProjectVendorWrite(project, vendor):
            return [*directory(http, project, vendor)]


def _direct_costs_of(http: Http, project: str, reference: str, number: str) -> list[StoredDirectCost]:
    """By the number, and where that shows none, among all: it may have been changed at either end since."""
    for filters in ({"invoice_number": number}, {}) if number else ({},):
        if found := [each for each in direct_costs(http, project, **filters) if each.reference == reference]:
            return found
    return []
