"""Department, location or item category of the source -> tracking option (class, cost code, ...) of the target."""

from collections.abc import Mapping
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import OuterRef, Value
from django.db.models.functions import Replace

from mappings import keys, offered
from mappings.models.books import Kind, ReferenceEntry
from mappings.models.row import MappingQuerySet, MappingRow


class Dimension(models.TextChoices):
    DEPARTMENT = "department", "department"
    LOCATION = "location", "location"
    ITEM_CATEGORY = "item category", "item category"


NAMED_DIMENSIONS = {
    Dimension.DEPARTMENT: Kind.DEPARTMENT,
    Dimension.LOCATION: Kind.LOCATION,
    Dimension.ITEM_CATEGORY: Kind.ITEM_CATEGORY,
}
# The same for a whole list: see `name_of`.
KIND_OF_DIMENSION = Replace(OuterRef("dimension"), Value(" "), Value("_"))


class TrackingRow(MappingRow):
    table = keys.TRACKING
    content = ("scope_id", "dimension", "source_key", "target_id")
    target_uses: ClassVar[dict[str, str]] = {"target": offered.TRACKING_OPTION}

    dimension = models.CharField(max_length=20, choices=Dimension)
    source_key = models.CharField("source value", max_length=100)
    target = models.ForeignKey(
        ReferenceEntry, on_delete=models.PROTECT, related_name="tracking_rows", verbose_name="tracking option"
    )

    objects = MappingQuerySet["TrackingRow"].as_manager()

    class Meta:
        verbose_name = "tracking row"
        verbose_name_plural = "tracking"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scope", "dimension", "source_key"],
                name="one_tracking_row_per_key",
                violation_error_message="This value has a tracking option already. Change that row.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.dimension} {self.source_name()}"

    def source_name(self) -> str:
        """The department or location as people call it."""
        if not hasattr(self, "source_label"):
            kind = NAMED_DIMENSIONS.get(Dimension(self.dimension)) if self.dimension else None
            entry = ReferenceEntry.objects.filter(
                books=self.scope.source_books_id, kind=kind, key=self.source_key
            ).first()
            return (entry.name if entry else "") or self.source_key
        return self.source_label or self.source_key

    def name_source(self, field: str, name: str) -> None:
        self.source_label = name

    def tidy(self) -> None:
        self.dimension, self.source_key = keys.tracking_key(self.dimension, self.source_key).parts

    def clean_content(self) -> None:
        category = category_of(self.target)
        if category is not None and not category.active:
            raise ValidationError({"target": f"The category “{category}” of this option is archived in the target."})

    def lookup_keys(self) -> tuple[keys.LookupKey, ...]:
        return (keys.tracking_key(self.dimension, self.source_key),)

    def described(self) -> Mapping[str, str]:
        return {"dimension": self.dimension, "value": self.source_name(), "option": str(self.target)}


class RequiredDimension(MappingRow):
    """A tracking category that every line must have (A68), and the dimension of the source that fills it."""

    table = keys.TRACKING
    content = ("scope_id", "category_id", "dimension")
    target_uses: ClassVar[dict[str, str]] = {"category": offered.TRACKING_CATEGORY}

    category = models.ForeignKey(
        ReferenceEntry, on_delete=models.PROTECT, related_name="required_in", verbose_name="tracking category"
    )
    dimension = models.CharField(
        "filled from",
        max_length=20,
        choices=Dimension,
        blank=True,
        default="",
        help_text="Empty: whichever dimension the tracking table fills this category from, else the department.",
    )

    objects = MappingQuerySet["RequiredDimension"].as_manager()

    class Meta:
        verbose_name = "required dimension"
        verbose_name_plural = "required dimensions"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scope", "category"],
                name="one_requirement_per_category",
                violation_error_message="This category is required already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.category} on every line"

    def lookup_keys(self) -> tuple[keys.LookupKey, ...]:
        """What was missing may no longer be, whichever dimension it was missed from."""
        return tuple(keys.tracking_key(dimension) for dimension in ([self.dimension] if self.dimension else Dimension))

    def described(self) -> Mapping[str, str]:
        return {"category": str(self.category), "filled from": self.dimension}


def category_of(option: ReferenceEntry) -> ReferenceEntry | None:
    """The category a tracking option belongs to, if the list of categories was read."""
    return ReferenceEntry.objects.filter(
        books=option.books_id, kind=Kind.TRACKING_CATEGORY, key=option.attribute("category")
    ).first()
