"""The tables of the integrations app; `integrations/README.md` draws them and gives the reasons."""

from integrations.models.budget import BudgetCheck, ProjectBudget
from integrations.models.connection import Connection, Health, TokenSet
from integrations.models.decision import Decision, FourEyesError
from integrations.models.desk import Attachment, HeldRecord, Look, Preview, PreviewRow, SavedFilter
from integrations.models.exchange import Exchange
from integrations.models.installation import Heartbeat, Installation
from integrations.models.integration import GapPolicy, Integration, ScheduleKind, VendorPolicy
from integrations.models.invoice_file import FileState, InvoiceFile
from integrations.models.pace import PaceSlot, PaceWindow
from integrations.models.posting import Outcome, Posting, Request, RequestLine, Standing, UsedRow
from integrations.models.projects import ProjectLook, ProjectSettings
from integrations.models.reconciling import ReportBalance, ReportDifference, ReportLine, ReportRun
from integrations.models.record import Flag, Gap, Note, Record, Work
from integrations.models.run import Run
from integrations.models.source import Cursor, KeptCount, SourceDocument, Tally
from integrations.models.sweep import Discrepancy, Sweep
from integrations.models.target import IndexCursor, TargetBill, TargetCredit
from integrations.models.thread import Billing, BillingStage, OrderLine, Reservation
from integrations.models.vendor import LOOKING, Side, VendorSides, VendorStep
from integrations.models.webhook import Outcome as WebhookOutcome
from integrations.models.webhook import RefusedWebhook, WebhookAddress, WebhookEvent

__all__ = [
    "LOOKING",
    "Attachment",
    "Billing",
    "BillingStage",
    "BudgetCheck",
    "Connection",
    "Cursor",
    "Decision",
    "Discrepancy",
    "Exchange",
    "FileState",
    "Flag",
    "FourEyesError",
    "Gap",
    "GapPolicy",
    "Health",
    "Heartbeat",
    "HeldRecord",
    "IndexCursor",
    "Installation",
    "Integration",
    "InvoiceFile",
    "KeptCount",
    "Look",
    "Note",
    "OrderLine",
    "Outcome",
    "PaceSlot",
    "PaceWindow",
    "Posting",
    "Preview",
    "PreviewRow",
    "ProjectBudget",
    "ProjectLook",
    "ProjectSettings",
    "Record",
    "RefusedWebhook",
    "ReportBalance",
    "ReportDifference",
    "ReportLine",
    "ReportRun",
    "Request",
    "RequestLine",
    "Reservation",
    "Run",
    "SavedFilter",
    "ScheduleKind",
    "Side",
    "SourceDocument",
    "Standing",
    "Sweep",
    "Tally",
    "TargetBill",
    "TargetCredit",
    "TokenSet",
    "UsedRow",
    "VendorPolicy",
    "VendorSides",
    "VendorStep",
    "WebhookAddress",
    "WebhookEvent",
    "WebhookOutcome",
    "Work",
]
