"""Harbor Mills: Procurify on one side, Xero on the other, with short reference lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from mappings import missing, waiting
from mappings.models import Books, ReferenceEntry, Scope

ACCOUNTS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("310", "Cost of Goods Sold", {"type": "DIRECTCOSTS", "class": "EXPENSE"}),
    ("429", "General Expenses", {"type": "EXPENSE", "class": "EXPENSE"}),
    ("425", "Freight & Courier", {"type": "EXPENSE", "class": "EXPENSE"}),
    ("453", "Office Supplies", {"type": "EXPENSE", "class": "EXPENSE"}),
    ("720", "Machinery", {"type": "FIXED", "class": "ASSET"}),
    ("620", "Prepayments", {"type": "CURRENT", "class": "ASSET"}),
    ("090", "Business Bank Account", {"type": "BANK", "class": "ASSET"}),
    ("800", "Accounts Payable", {"type": "CURRLIAB", "class": "LIABILITY", "system": "CREDITORS"}),
    ("610", "Accounts Receivable", {"type": "CURRENT", "class": "ASSET", "system": "DEBTORS"}),
    ("820", "GST", {"type": "CURRLIAB", "class": "LIABILITY", "system": "GST"}),
    ("860", "Rounding", {"type": "CURRLIAB", "class": "LIABILITY", "system": "ROUNDING"}),
)
TAX_RATES: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("INPUT", "GST on Expenses", {"rate": "5", "applies": "EXPENSE,ASSET"}),
    ("INPUT2", "VAT on Expenses", {"rate": "20.0000", "applies": "EXPENSE,ASSET"}),
    ("NONE", "No Tax", {"rate": "0", "applies": "EXPENSE,ASSET,REVENUE"}),
    ("EXEMPT", "Exempt Expenses", {"rate": "0.0", "applies": "EXPENSE"}),
    ("REVERSE", "Reverse Charge Expenses", {"rate": "20", "applies": "EXPENSE"}),
    ("OUTPUT2", "VAT on Income", {"rate": "20", "applies": "REVENUE"}),
    ("INCLUSIVE", "VAT included", {"rate": "20", "applies": "EXPENSE", "inclusive": "yes"}),
)


@dataclass
class Company:
    source: Books
    target: Books
    scope: Scope

    @classmethod
    def build(cls) -> "Company":
        source = Books.objects.create(
            system="procurify", name="Harbor Mills", label="Harbor Mills Procurify", key_digest="p1"
        )
        target = Books.objects.create(
            system="xero", name="Harbor Mills Ltd", label="Harbor Mills Xero", key_digest="x1", base_currency="USD"
        )
        company = cls(
            source, target, Scope.objects.create(source_books=source, target_books=target, name="Harbor Mills")
        )
        company._fill()
        return company

    def entry(self, kind: str, code: str) -> ReferenceEntry:
        """An entry of either side by its code, or by its name where it has none."""
        found = ReferenceEntry.objects.filter(books__in=[self.source, self.target], kind=kind)
        return found.filter(code=code).first() or found.get(name=code)

    def account(self, code: str) -> ReferenceEntry:
        return self.entry("account", code)

    def tax(self, code: str) -> ReferenceEntry:
        return self.entry("tax_rate", code)

    def add(self, books: Books, kind: str, key: str, code: str, name: str, **more: Any) -> ReferenceEntry:
        active = more.pop("active", True)
        return ReferenceEntry.objects.create(
            books=books,
            kind=kind,
            key=key,
            code=code,
            name=name,
            active=active,
            attributes=more,
            seen_at=timezone.now(),
        )

    def contact(self, key: str, name: str, **more: Any) -> ReferenceEntry:
        return self.add(self.target, "contact", key, "", name, **more)

    def vendor(self, key: str, name: str, **more: Any) -> ReferenceEntry:
        return self.add(self.source, "vendor", key, "", name, **more)

    def _fill(self) -> None:
        for code, name, attributes in ACCOUNTS:
            self.add(self.target, "account", f"acc-{code}", code, name, **attributes)
        for code, name, attributes in TAX_RATES:
            self.add(self.target, "tax_rate", code, code, name, **attributes)
        self.add(self.target, "tracking_category", "cat-region", "", "Region")
        self.add(self.target, "tracking_category", "cat-dept", "", "Department")
        for key, name, category in (
            ("opt-n", "North", "cat-region"),
            ("opt-s", "South", "cat-region"),
            ("opt-p", "Production", "cat-dept"),
        ):
            self.add(self.target, "tracking_option", key, "", name, category=category)
        self.add(self.source, "location", "2", "", "Plant North")
        self.add(self.source, "location", "3", "", "Plant South")
        self.add(self.source, "department", "14", "", "Plant North / Production", location="2")
        self.add(self.source, "department", "15", "", "Plant South / Production", location="3")
        for key, code, name, type_ in (
            ("71", "6100", "Consumables", "expense"),
            ("72", "6200", "Freight in", "expense"),
            ("73", "1500", "Machines", "assets"),
        ):
            self.add(self.source, "account_code", key, code, name, type=type_)


def person(name: str = "ada", *permissions: str, superuser: bool = False) -> User:
    """A user of the staff; without permissions one who may see the admin and nothing in it."""
    from django.contrib.auth.models import Permission

    user = User.objects.create_user(name, password=None, is_staff=True, is_superuser=superuser)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions, content_type__app_label="mappings"))
    return user


def all_missing(scope: Scope, user: User) -> list[missing.Missing]:
    """By table, what most documents wait for first."""
    return missing.gathered(scope, list(waiting.in_scopes([scope.pk], user)))
