"""How order, bill and payment hang together: what is ordered, billed, still in a draft, and reserved."""

from typing import ClassVar

from django.db import models

from integrations.models.connection import Connection
from integrations.models.record import Record


class OrderLine(models.Model):
    """The ledger of one order line, all amounts net (A8): still in the draft + billed <= ordered + accepted.

    Joined to bills by the order item's id, which stays the same from requisition to bill (A3).
    """

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="order_lines")
    item = models.CharField(max_length=255, help_text="The order item's id, or “cost:” and the name of an extra cost.")
    position = models.PositiveIntegerField()
    ordered = models.DecimalField(max_digits=24, decimal_places=4)
    received = models.DecimalField(max_digits=24, decimal_places=4, default=0)
    billed = models.DecimalField(max_digits=24, decimal_places=4, default=0)
    drafted = models.DecimalField(max_digits=24, decimal_places=4, default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["record", "item"], name="one_row_per_order_line")]
        indexes: ClassVar = [models.Index(fields=["item"], name="order_lines_by_item")]

    def __str__(self) -> str:
        return f"{self.item}: ordered {self.ordered}, billed {self.billed}"


class BillingStage(models.TextChoices):
    """How far a bill's claim on an order has come: read at the source, taking it out of the draft, or posted."""

    READ = "read", "read"
    TAKING = "taking", "taking it out of the draft"
    POSTED = "posted", "posted"


class Billing(models.Model):
    """What one bill bills of one item of an order, net (A8, A10).

    Kept by the source's own ids (A3), since a bill may be read before its order.
    """

    bill = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="billings")
    order = models.CharField(max_length=100)
    item = models.CharField(max_length=255)
    net = models.DecimalField(max_digits=24, decimal_places=4)
    stage = models.CharField(max_length=10, choices=BillingStage, default=BillingStage.READ)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bill", "order", "item"], name="one_billing_per_order_item")
        ]
        indexes: ClassVar = [models.Index(fields=["order"], name="billings_by_order")]

    def __str__(self) -> str:
        return f"{self.net} of item {self.item}"


class Reservation(models.Model):
    """What an order of ours holds of one budget code, from its intent on (A88).

    `counted_at` is when its status was last read and could be one that the budget counts; until a budget was read that
    began after that, the amount is taken off what the budget says.
    """

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="reservations")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="reservations")
    project = models.CharField(max_length=100)
    code = models.CharField(max_length=100)
    amount = models.DecimalField(max_digits=24, decimal_places=4)
    taken_at = models.DateTimeField()
    counted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["record", "code"], name="one_reservation_per_record_and_code")
        ]
        indexes: ClassVar = [models.Index(fields=["connection", "project", "code"], name="reservations_by_code")]

    def __str__(self) -> str:
        return f"{self.amount} of {self.code}"
