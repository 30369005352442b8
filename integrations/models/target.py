"""The local index of the target's bills, kept by incremental reads, in which duplicates are searched (E32)."""

from typing import ClassVar

from django.db import models

from integrations.models.connection import Connection


class TargetBill(models.Model):
    """A bill as the target last showed it, ours or not. `number_key` is A40's comparable form."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="target_bills")
    target_id = models.CharField(max_length=100)
    version = models.CharField(max_length=60)
    number = models.CharField(max_length=255, blank=True, default="")
    number_key = models.CharField(max_length=255, blank=True, default="")
    contact = models.CharField(max_length=100)
    status = models.CharField(max_length=20)
    status_word = models.CharField(max_length=40, blank=True, default="")
    date = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=10, blank=True, default="")
    total = models.DecimalField(max_digits=24, decimal_places=4)
    due = models.DecimalField(max_digits=24, decimal_places=4, default=0, help_text="Still to be paid.")
    text = models.TextField(blank=True, default="")
    link = models.CharField(max_length=500, blank=True, default="")
    ours = models.BooleanField(default=False, help_text="Carries the link of one of our records.")
    swept_at = models.DateTimeField(null=True, blank=True, help_text="When a sweep last saw it.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "target_id"], name="one_row_per_target_bill")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["connection", "contact"],
                condition=models.Q(ours=False),
                name="typed_bills_by_contact",
            ),
            models.Index(fields=["connection", "number_key"], name="target_bills_by_number"),
        ]

    def __str__(self) -> str:
        return self.number or self.target_id


class TargetCredit(models.Model):
    """A supplier's credit as the target last showed it: compared with bills by number (A40), and never touched."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="target_credits")
    target_id = models.CharField(max_length=100)
    number = models.CharField(max_length=255, blank=True, default="")
    number_key = models.CharField(max_length=255, blank=True, default="")
    contact = models.CharField(max_length=100)
    status = models.CharField(max_length=20)
    date = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=10, blank=True, default="")
    total = models.DecimalField(max_digits=24, decimal_places=4)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "target_id"], name="one_row_per_target_credit")
        ]
        indexes: ClassVar = [models.Index(fields=["connection", "contact"], name="target_credits_by_contact")]

    def __str__(self) -> str:
        return self.number or self.target_id


class IndexCursor(models.Model):
    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="index_cursor")
    read_until = models.DateTimeField(null=True, blank=True)
    credits_until = models.DateTimeField(null=True, blank=True)
    last_pass_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"bills of {self.connection}"
