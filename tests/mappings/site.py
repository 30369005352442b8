"""Bayside Builders: Xero on one side, Procore with two projects on the other."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from mappings.models import Books, ReferenceEntry, Scope

CLINIC, WHARF, OLD = "362778", "362779", "362700"
OPTIONS = (
    ("opt-clinic", "Harbour Clinic", "cat-job"),
    ("opt-wharf", "1240", "cat-job"),
    ("opt-north", "North", "cat-region"),
    ("opt-slab", "Slab", "cat-line"),
)
# The same codes in both projects, under ids of their own.
CODES = (
    ("1001", CLINIC, "03-300.M", "Concrete.Materials"),
    ("1002", CLINIC, "03-300.L", "Concrete.Labour"),
    ("1003", CLINIC, "05-100.M", "Steel.Materials"),
    ("2001", WHARF, "03-300.M", "Concrete.Materials"),
    ("2003", WHARF, "05-100.M", "Steel.Materials"),
    ("2004", WHARF, "31-600.S", "Piling.Subcontract"),
)


@dataclass
class Site:
    source: Books
    target: Books
    scope: Scope

    @classmethod
    def build(cls) -> "Site":
        source = Books.objects.create(system="xero", name="Bayside", label="Bayside Xero", key_digest="x9")
        target = Books.objects.create(system="procore", name="Bayside GC", label="Bayside Procore", key_digest="c9")
        scope = Scope.objects.create(source_books=source, target_books=target, name="Bayside")
        site = cls(source, target, scope)
        site._fill()
        return site

    def project(self, key: str) -> ReferenceEntry:
        return ReferenceEntry.objects.get(books=self.target, kind="project", key=key)

    def add(self, books: Books, kind: str, key: str, code: str, name: str, **more: Any) -> ReferenceEntry:
        active = more.pop("active", True)
        return ReferenceEntry.objects.create(
            books=books, kind=kind, key=key, code=code, name=name, active=active, attributes=more,
            seen_at=timezone.now(),
        )  # fmt: skip

    def _fill(self) -> None:
        for key, name in (("cat-job", "Job"), ("cat-region", "Region"), ("cat-line", "Budget line")):
            self.add(self.source, "tracking_category", key, "", name)
        for key, name, category in OPTIONS:
            self.add(self.source, "tracking_option", key, "", name, category=category)
        self.add(self.source, "account", "acc-310", "310", "Concrete", type="DIRECTCOSTS")
        self.add(self.source, "account", "acc-820", "820", "Freight", type="EXPENSE")
        self.add(self.target, "project", CLINIC, "1234", "Harbour Clinic")
        self.add(self.target, "project", WHARF, "01240", "North Wharf")
        self.add(self.target, "project", OLD, "900", "Old Mill", active=False)
        for key, project, code, name in CODES:
            self.add(self.target, "budget_code", key, code, name, project=project)
