"""What the desk asks of a document of project books. Walks are driven by what stands, so none is rehearsed."""

from dataclasses import dataclass
from datetime import date

from integrations.engine.projects.reading import Shelf
from integrations.models import Integration, Record


@dataclass(frozen=True, slots=True)
class ProjectReader:
    shelf: Shelf

    @classmethod
    def of(cls, integration: Integration) -> "ProjectReader":
        return cls(Shelf(integration.source))

    def source_of(self, record: Record) -> str:
        """What decisions about the document are bound to."""
        return self.shelf.content(record)

    def posting_date(self, record: Record) -> date | None:
        """Books of projects have no closed months of ours to move out of."""
        return None

    def created_by(self, record: Record) -> str:
        """The books do not say."""
        return ""
