"""Bills that wait, one at a time and oldest first, each with everything that settled or credited it."""

from integrations.engine import approvals
from integrations.engine.projects import ending, requisitions
from integrations.engine.projects.bill_walk import BillWalk
from integrations.engine.projects.orders import OrderTranslator
from integrations.engine.projects.reading import Shelf
from integrations.engine.slice import Slice, SliceOverError
from integrations.models import Record
from integrations.systems.protocols import ProjectBooks


def write(slice_: Slice, target: ProjectBooks, translator: OrderTranslator) -> None:
    """Take every step of every bill that can be taken now; in trial mode they are judged and nothing is written."""
    walk = BillWalk(slice_, target, translator.terms, translator.tables, sends=slice_.may_send)
    walk.surroundings.expect(requisitions.waiting(slice_.integration))
    record: Record | None = None
    while record := requisitions.next_bill(slice_.integration, record):
        _one(walk, translator.shelf, record)
        if not slice_.has_time():
            raise SliceOverError


def _one(walk: BillWalk, shelf: Shelf, record: Record) -> None:
    record.content_version = record.document.detail_fingerprint
    with ending.alone(walk.slice_, record):
        requisitions.carry_out(walk, record, shelf.bill(record), approvals.load([record])[record.pk])
