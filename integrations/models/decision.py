"""What a person decided, bound to exactly what they saw (E11, A92, A95)."""

from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from integrations.engine.decision_kinds import REMOVALS, kind_of
from integrations.models.integration import Integration


class FourEyesError(ValidationError):
    """A second person must decide this; the message says why this one may not."""


class DecisionQuerySet(models.QuerySet["Decision"]):
    def pending(self) -> "DecisionQuerySet":
        return self.filter(approved=None, lapsed_at=None)

    def about(self, subject_kind: str, subject_id: int | str) -> "DecisionQuerySet":
        return self.filter(subject_kind=subject_kind, subject_id=str(subject_id))

    def unreviewed(self) -> "DecisionQuerySet":
        """What took a liability out of sight and nobody has looked at since (A96)."""
        return self.filter(kind__in=REMOVALS, approved=True, lapsed_at=None, reviewed_at=None)


class Decision(models.Model):
    """Asked by one person, decided by another: enforced here, for administrators too.

    `content_hash` is of what will be posted; a decision whose content has changed has lapsed. `choice` is what exactly
    was chosen, for example {"date": "2026-10-01"}. `kept_out` are the people who had a hand in the subject.
    """

    kind = models.SlugField(max_length=40)
    subject_kind = models.SlugField(max_length=40)
    subject_id = models.CharField(max_length=40)
    integration = models.ForeignKey(Integration, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=200, blank=True, default="", help_text="What it is about, in words.")
    amount = models.DecimalField(max_digits=24, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=10, blank=True, default="")
    content_hash = models.CharField(max_length=64)
    choice = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    kept_out = models.JSONField(default=list, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(default=timezone.now)
    asked_because = models.CharField(max_length=500, blank=True, default="")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    approved = models.BooleanField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True, default="")
    second_person = models.BooleanField(default=True, help_text="Whether the second person was required then.")
    lapsed_at = models.DateTimeField(null=True, blank=True)
    lapsed_because = models.CharField(max_length=300, blank=True, default="")
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject_kind", "subject_id", "kind"], name="decisions_by_subject"),
            models.Index(
                fields=["integration", "asked_at"],
                condition=models.Q(approved=None, lapsed_at=None),
                name="decisions_pending",
            ),
            models.Index(
                fields=["kind", "decided_at"],
                condition=models.Q(approved=True, reviewed_at=None),
                name="decisions_unreviewed",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(second_person=False)
                | models.Q(decided_by=None)
                | models.Q(asked_by=None)
                | ~models.Q(asked_by=models.F("decided_by")),
                name="nobody_decides_what_they_asked_for",
            )
        ]
        permissions: ClassVar = [
            ("decide_setting", "Can decide on proposed settings"),
            ("decide_vendor", "Can decide on changes of vendors"),
            ("review_decision", "Can mark what was removed from sight as reviewed"),
        ]

    def __str__(self) -> str:
        return self.label or f"{self.kind} of {self.subject_kind} {self.subject_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises FourEyesError where one person would do what takes two, whoever saves it."""
        if self.decided_by_id is not None and self.lapsed_at is None:
            self.second_person = settings.SECOND_PERSON
            self.refuse_one_person()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        self.refuse_one_person()

    def refuse_one_person(self) -> None:
        if self.decided_by_id is None or not self.second_person:
            return
        if self.decided_by_id == self.asked_by_id:
            raise FourEyesError("A second person must decide: you asked for this yourself.")
        if self.decided_by_id in self.kept_out and self.approved is not False:
            raise FourEyesError("A second person must decide: you entered, edited or mapped something it depends on.")
        if self.approved and self.asked_by_id is None and kind_of(self.kind).two_people:
            raise FourEyesError("A second person must decide: nobody asked for this before.")

    @property
    def is_pending(self) -> bool:
        return self.approved is None and self.lapsed_at is None

    def in_force(self, content_hash: str) -> bool:
        return bool(self.approved) and self.lapsed_at is None and self.content_hash == content_hash
