"""Commitments, their invoices and payments, as people in the contractor's office make them."""

from __future__ import annotations

from typing import Any

from ...exchange import Json
from .. import commitments, lines, payments, requisitions
from .desk import Desk


class Contracts(Desk):
    def add_order(
        self,
        project: int | str,
        vendor: int | str | None = None,
        lines: list[Json] | None = None,
        *,
        status: str = "Draft",
        **given: Any,
    ) -> Json:
        """A commitment with its lines, each `{"code": "03-300.M", "amount": "1000.00", ..}`, then moved to `status`."""
        owner, found = self._project(project)
        if vendor is not None:
            given["vendor_id"] = self._vendor(owner, vendor)["id"]
        order = commitments.create(owner, found, given)
        for line in lines or []:
            self._add_line(order["id"], line)
        commitments.update(owner, found, order, {"status": status})
        return commitments.show(owner, order)

    def _add_line(self, order: int, line: Json) -> None:
        owner, found, held = self._order(order)
        sent = {name: value for name, value in line.items() if name != "code"}
        if "code" in line:
            sent["wbs_code_id"] = self._code(owner, found, line["code"])["id"]
        lines.create(owner, held, sent)

    def edit_order(self, order: int | str, **given: Any) -> Json:
        """Change fields of the header, `status` among them."""
        owner, found, held = self._order(order)
        return commitments.show(owner, commitments.update(owner, found, held, given))

    def delete_order(self, order: int | str) -> None:
        owner, found, held = self._order(order)
        commitments.remove(owner, found, held)

    def order(self, order: int | str) -> Json:
        """The commitment with its lines, as the API shows it."""
        owner, _, held = self._order(order)
        return commitments.show(owner, held)

    def enable_ssov(self, order: int | str, details: list[Json] | None = None) -> None:
        """Turn on the subcontractor's schedule of values: one detail a line, unless they are given by line id."""
        owner, _, held = self._order(order)
        plain = [
            {"line_item_id": line["id"], "amount": line["amount"], "description": line["description"]}
            for line in lines.lines_of(owner, held)
        ]
        for detail in details or plain:
            owner.add("detail_lines", {"description": None, **detail, "_order": held["id"]})
        owner.touch(held, billing_schedule_of_values_status="draft")

    def move_ssov(self, order: int | str, status: str) -> None:
        """To draft, revise_and_resubmit, under_review or approved."""
        owner, _, held = self._order(order)
        owner.touch(held, billing_schedule_of_values_status=status)

    def add_invoice(self, order: int | str, amounts: dict[int, str] | None = None, **given: Any) -> Json:
        """A requisition somebody enters: what is completed this period by line id. Fields are Procore's own."""
        owner, found, held = self._order(order)
        items = [
            {"item_type": "contract_item", "line_item_id": line, "work_completed_this_period": amount}
            for line, amount in (amounts or {}).items()
        ]
        made = requisitions.create(owner, found, held, {**given, "items": items})
        return requisitions.show(owner, made, items=True)

    def add_payment(self, order: int | str, amount: str, **given: Any) -> Json:
        owner, found, held = self._order(order)
        return payments.show(payments.create(owner, found, held, {"amount": amount, **given}))
