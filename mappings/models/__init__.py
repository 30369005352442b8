from mappings.models.accounts import AccountRow, Treatment
from mappings.models.books import Books, Kind, ReferenceEntry
from mappings.models.extra_costs import CostTreatment, ExtraCostRow
from mappings.models.projects import BudgetLineRow, CostCodeRow, CostMark, ProjectRow
from mappings.models.recorded import Recorded
from mappings.models.row import MappingRow, Mark
from mappings.models.scope import PartKind, Scope, ScopePart, TablesTold
from mappings.models.taxes import TaxRow
from mappings.models.tracking import Dimension, RequiredDimension, TrackingRow
from mappings.models.uploads import UploadedImport
from mappings.models.vendors import LinkState, ToldApart, VendorLink

__all__ = [
    "AccountRow",
    "Books",
    "BudgetLineRow",
    "CostCodeRow",
    "CostMark",
    "CostTreatment",
    "Dimension",
    "ExtraCostRow",
    "Kind",
    "LinkState",
    "MappingRow",
    "Mark",
    "PartKind",
    "ProjectRow",
    "Recorded",
    "ReferenceEntry",
    "RequiredDimension",
    "Scope",
    "ScopePart",
    "TablesTold",
    "TaxRow",
    "ToldApart",
    "TrackingRow",
    "Treatment",
    "UploadedImport",
    "VendorLink",
]
