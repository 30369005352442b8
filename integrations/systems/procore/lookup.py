"""Finding project documents at Procore by what we know of them, as live as Procore is (E2)."""

from integrations.documents import Vendor
from integrations.http import Http
from integrations.project_documents import (
    CommitmentRemoval,
    DirectCostWrite,
    HeaderWrite,
    LineRemoval,
    LinesWrite,
    PaymentRemoval,
    PaymentWrite,
    ProjectVendorWrite,
    ProjectWrite,
    RequisitionChange,
    RequisitionRemoval,
    RequisitionWrite,
    StatusWrite,
    StoredContractPayment,
    StoredDirectCost,
    StoredDocument,
    StoredRequisition,
)
from integrations.systems.procore import commitments, parse, paths
from integrations.systems.procore.walking import Listing, documents


def requisitions(http: Http, project: str, commitment: str) -> list[StoredRequisition]:
    """The whole chain with its items, oldest first."""
    params = {"project_id": project, "filters[commitment_id]": commitment, "view": "extended"}
    listing = Listing(
        paths.REQUISITIONS,
        paths.REQUISITIONS,
        lambda raw: parse.requisition(raw, project),
        params,
        obeys=lambda row: row.commitment == commitment,
    )
    return sorted(documents(http, listing), key=lambda row: row.sequence)


def payments(http: Http, project: str, commitment: str) -> list[StoredContractPayment]:
    """The list has no filters but needs both ids."""
    params = {"project_id": project, "contract_id": commitment}
    listing = Listing(paths.PAYMENTS, paths.PAYMENTS, lambda raw: parse.payment(raw, project, commitment), params)
    return documents(http, listing)


def direct_costs(http: Http, project: str, number: str) -> list[StoredDirectCost]:
    """Those with this number of the supplier's invoice."""
    path = paths.DIRECT_COSTS.format(project_id=project)
    filters = {"filters[invoice_number]": number}
    return documents(http, Listing(path, paths.DIRECT_COSTS, lambda raw: parse.direct_cost(raw, project), filters))


def vendors_of_project(http: Http, project: str, vendor: str) -> list[Vendor]:
    """That vendor, if it is in the project's directory."""
    path = paths.PROJECT_VENDORS.format(project_id=project)
    found = documents(http, Listing(path, paths.PROJECT_VENDORS, parse.vendor, {"filters[id][]": vendor}))
    return [each for each in found if each.source_id == vendor]


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
        case RequisitionChange(project, commitment, requisition) | RequisitionRemoval(project, commitment, requisition):
            return [each for each in requisitions(http, project, commitment) if each.target_id == requisition]
        case PaymentWrite(payment):
            paid = payments(http, payment.project, payment.commitment)
            return [each for each in paid if each.reference == payment.reference]
        case PaymentRemoval(project, commitment, payment):
            return [each for each in payments(http, project, commitment) if each.target_id == payment]
        case DirectCostWrite(cost):
            costs = direct_costs(http, cost.project, cost.number)
            return [each for each in costs if each.reference == cost.reference]
        case ProjectVendorWrite(project, vendor):
            return [*vendors_of_project(http, project, vendor)]
