"""One company at one system (E7), and what its reference lists say."""

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from mappings import names, visibility

if TYPE_CHECKING:
    from mappings.visibility import Person


class BooksQuerySet(models.QuerySet["Books"]):
    def visible_to(self, user: "Person") -> Self:
        scopes = visibility.limit(user)
        if scopes is None:
            return self
        return self.filter(Q(pk__in=scopes.values("source_books_id")) | Q(pk__in=scopes.values("target_books_id")))


class Books(models.Model):
    """One company at one system. `key_digest` is the keyed digest of its tenant id (E16), never the id itself."""

    system = models.SlugField(max_length=30)
    name = models.CharField(max_length=255, help_text="The company's name as the system says it.")
    label = models.CharField(max_length=100, blank=True, default="", help_text="What your people call it.")
    key_digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    base_currency = models.CharField(max_length=10, blank=True, default="")

    objects = BooksQuerySet.as_manager()

    class Meta:
        verbose_name = "company"
        verbose_name_plural = "companies"
        default_permissions = ("view", "change")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["system", "key_digest"], condition=~Q(key_digest=""), name="one_books_per_company"
            )
        ]

    def __str__(self) -> str:
        return self.label or self.name


class Kind(models.TextChoices):
    """The reference lists of all systems, in our words."""

    ACCOUNT = "account", "account"
    ACCOUNT_CODE = "account_code", "account code"
    TRACKING_CATEGORY = "tracking_category", "tracking category"
    TRACKING_OPTION = "tracking_option", "tracking option"
    TAX_RATE = "tax_rate", "tax rate"
    CURRENCY = "currency", "currency"
    DEPARTMENT = "department", "department"
    LOCATION = "location", "location"
    ITEM = "item", "item"
    ITEM_CATEGORY = "item_category", "item category"
    CONTACT = "contact", "contact"
    VENDOR = "vendor", "vendor"
    PROJECT = "project", "project"
    BUDGET_CODE = "budget_code", "budget code"
    COST_CODE = "cost_code", "cost code"
    COST_TYPE = "cost_type", "cost type"
    BUDGET_LINE = "budget_line", "budget line"
    BILLING_PERIOD = "billing_period", "billing period"
    UNIT = "unit", "unit"


class ReferenceQuerySet(models.QuerySet["ReferenceEntry"]):
    def visible_to(self, user: "Person") -> Self:
        if visibility.limit(user) is None:
            return self
        return self.filter(books__in=Books.objects.visible_to(user))

    def search(self, term: str) -> Self:
        """Entries that hold every word of the term in code or name, whatever the case and the accents.

        Meant for one list of one company: the index on both narrows what is compared.
        """
        found = self
        for word in names.folded(term).split():
            found = found.filter(folded__contains=word)
        return found


class ReferenceEntry(models.Model):
    """One entry of a list as read from the system; nobody types one. Attributes are texts, or empty."""

    books = models.ForeignKey(Books, on_delete=models.PROTECT, related_name="entries", verbose_name="company")
    kind = models.CharField(max_length=30, choices=Kind)
    key = models.CharField(max_length=100, help_text="The system's own id.")
    code = models.CharField(max_length=100, blank=True, default="")
    name = models.CharField(max_length=255, blank=True, default="")
    active = models.BooleanField(default=True)
    attributes = models.JSONField(default=dict, blank=True)
    seen_at = models.DateTimeField("last seen")
    folded = models.CharField(max_length=400, blank=True, default="", editable=False)

    objects = ReferenceQuerySet.as_manager()

    class Meta:
        verbose_name = "reference entry"
        verbose_name_plural = "reference entries"
        default_permissions = ("view",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["books", "kind", "key"], name="one_entry_per_key")]
        indexes: ClassVar = [
            models.Index(fields=["books", "kind", "code"], name="entries_by_code"),
            models.Index(fields=["books", "kind", "folded"], name="entries_by_name"),
        ]

    def __str__(self) -> str:
        """A vendor's code is its id in the other system, which says nothing to people."""
        if self.kind in (Kind.CONTACT, Kind.VENDOR) and self.name:
            return self.name
        if self.kind == Kind.CURRENCY or not self.name or self.name == self.code:
            return self.code or self.name or "(no name)"
        return f"{self.code} {self.name}" if self.code else self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.fold()
        super().save(*args, **kwargs)

    def fold(self) -> None:
        """Renew what searches compare; bulk writes call it themselves."""
        self.folded = names.folded(f"{self.code} {self.name}")[:400]

    def attribute(self, name: str) -> str:
        value = self.attributes.get(name)
        return "" if value is None else str(value)
