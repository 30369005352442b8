"""Tracking options and accounts of the source -> projects of construction and the codes of their budgets.

Ids of codes belong to one project, so a row names a code as people write it (03-300.M); which entry that is, is
looked up in the project a line is for.
"""

from collections.abc import Mapping
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models

from mappings import keys, offered
from mappings.models.books import Kind, ReferenceEntry
from mappings.models.row import MappingQuerySet, MappingRow


class CostMark(models.TextChoices):
    """Accounts whose lines have no cost code (A87)."""

    NOT_PROJECT_COST = "not project cost", "not project cost: kept out, amount shown"
    RETENTION = "retention", "retention: its documents are held"


class ProjectRow(MappingRow):
    table = keys.PROJECT
    content = ("scope_id", "source_key", "target_id")
    source_fields: ClassVar[dict[str, str]] = {"source_key": Kind.TRACKING_OPTION}
    target_uses: ClassVar[dict[str, str]] = {"target": offered.PROJECT}

    source_key = models.CharField("tracking option", max_length=100)
    target = models.ForeignKey(
        ReferenceEntry, on_delete=models.PROTECT, related_name="project_rows", verbose_name="project"
    )

    objects = MappingQuerySet["ProjectRow"].as_manager()

    class Meta:
        verbose_name = "project row"
        verbose_name_plural = "projects"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scope", "source_key"],
                name="one_project_row_per_option",
                violation_error_message="This tracking option has a project already. Change that row.",
            )
        ]

    def __str__(self) -> str:
        return self.label_of("source_key")

    def tidy(self) -> None:
        (self.source_key,) = keys.project_key(self.source_key).parts

    def lookup_keys(self) -> tuple[keys.LookupKey, ...]:
        return (keys.project_key(self.source_key),)

    def described(self) -> Mapping[str, str]:
        return {"tracking option": self.label_of("source_key"), "project": str(self.target)}


class CodedRow(MappingRow):
    """A row that leads to a budget code, in one project or in every project that has it."""

    target_uses: ClassVar[dict[str, str]] = {"project": offered.PROJECT}

    project = models.ForeignKey(
        ReferenceEntry,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="only for the project",
        help_text="Empty: any project that has the code.",
    )
    code = models.CharField(
        "budget code",
        max_length=100,
        blank=True,
        default="",
        help_text="Cost code and cost type as the project writes them together, as in 03-300.M.",
    )

    class Meta:
        abstract = True

    @property
    def project_id_there(self) -> str:
        return self.project.key if self.project else ""

    def clean_code(self) -> None:
        """Raises ValidationError for a code that the project, or every project, lacks."""
        entries = ReferenceEntry.objects.filter(
            books=self.scope.target_books_id, kind=Kind.BUDGET_CODE, code=self.code, active=True
        )
        if self.project is not None:
            entries = entries.filter(attributes__project=self.project.key)
        if not entries.exists():
            where = f"The project “{self.project}” has no" if self.project else "No project has an"
            said = f"{where} active budget code “{self.code}”. Choose one from the list, or add it there first."
            raise ValidationError({"code": said})


def _one_per(name: str, *fields: str, said: str) -> list[models.BaseConstraint]:
    """One row per key; a database takes two empty projects for different ones."""
    message = f"There is already a row for exactly this {said} and project. Change that one."
    return [
        models.UniqueConstraint(
            fields=["scope", *fields, "project"], name=f"one_{name}_per_key", violation_error_message=message
        ),
        models.UniqueConstraint(
            fields=["scope", *fields],
            condition=models.Q(project=None),
            name=f"one_{name}_for_any_project",
            violation_error_code="unique",
            violation_error_message=message,
        ),
    ]


class CostCodeRow(CodedRow):
    """The item narrows more than the project: its own code, then the longest beginning of it, then any item."""

    table = keys.COST_CODE
    content = ("scope_id", "source_code", "item", "project_id", "code", "mark")

    source_code = models.CharField("account code", max_length=60)
    item = models.CharField(
        "item category",
        max_length=60,
        blank=True,
        default="",
        help_text="An item code, or the beginning of item codes followed by a star (CONC*). Empty: any item.",
    )
    mark = models.CharField("special treatment", max_length=20, choices=CostMark, blank=True, default="")

    objects = MappingQuerySet["CostCodeRow"].as_manager()

    class Meta:
        verbose_name = "cost code row"
        verbose_name_plural = "cost codes"
        constraints: ClassVar = _one_per("cost_code_row", "source_code", "item", said="account code, item category")

    def __str__(self) -> str:
        parts = (self.source_code, self.item, str(self.project or ""))
        return " · ".join(part for part in parts if part)

    def tidy(self) -> None:
        self.source_code, self.item, _ = keys.cost_code_key(self.source_code, self.item).parts
        self.code = keys.plain(self.code, keys.ID_LENGTH)

    def clean_content(self) -> None:
        if keys.AND_SO_ON in self.item[:-1] or self.item == keys.AND_SO_ON:
            raise ValidationError({"item": "The star stands once, after the beginning of the item codes it is for."})
        if self.mark and self.code:
            raise ValidationError({"code": f"An account marked “{self.mark}” has no budget code."})
        if not self.mark and not self.code:
            raise ValidationError({"code": "Choose the budget code, or a special treatment that needs none."})
        if self.code:
            self.clean_code()

    def lookup_keys(self) -> tuple[keys.LookupKey, ...]:
        return (keys.cost_code_key(self.source_code, self.item, self.project_id_there),)

    def described(self) -> Mapping[str, str]:
        said = {
            "account code": self.source_code,
            "item category": self.item,
            "project": str(self.project or ""),
            "budget code": self.code,
            "treatment": self.mark,
        }
        return {name: value for name, value in said.items() if value}


class BudgetLineRow(CodedRow):
    """A tracking option that names the budget line itself; it comes before the account's cost code."""

    table = keys.BUDGET_LINE
    content = ("scope_id", "source_key", "project_id", "code")
    source_fields: ClassVar[dict[str, str]] = {"source_key": Kind.TRACKING_OPTION}

    source_key = models.CharField("tracking option", max_length=100)

    objects = MappingQuerySet["BudgetLineRow"].as_manager()

    class Meta:
        verbose_name = "budget line row"
        verbose_name_plural = "budget lines"
        constraints: ClassVar = _one_per("budget_line_row", "source_key", said="tracking option")

    def __str__(self) -> str:
        parts = (self.label_of("source_key"), str(self.project or ""))
        return " · ".join(part for part in parts if part)

    def tidy(self) -> None:
        self.source_key, _ = keys.budget_line_key(self.source_key).parts
        self.code = keys.plain(self.code, keys.ID_LENGTH)

    def clean_content(self) -> None:
        if not self.code:
            raise ValidationError({"code": "Choose the budget code."})
        self.clean_code()

    def lookup_keys(self) -> tuple[keys.LookupKey, ...]:
        return (keys.budget_line_key(self.source_key, self.project_id_there),)

    def described(self) -> Mapping[str, str]:
        said = {
            "tracking option": self.label_of("source_key"),
            "project": str(self.project or ""),
            "budget code": self.code,
        }
        return {name: value for name, value in said.items() if value}
