"""Budgets and billing periods."""

from __future__ import annotations

from ...exchange import Json
from .. import budgets, periods
from ..amounts import amount_in, cents, decimal
from ..company import public
from ..figures import figures
from .building import Building


class Money(Building):
    def set_budget(self, project: int | str, flat_code: str, amount: str, *, name: str = "") -> Json:
        """The original budget of a code, which is made when it does not exist."""
        owner, found = self._project(project)
        try:
            code = self._code(owner, found, flat_code)
        except KeyError:
            code = self.add_code(project, flat_code, name)
        line = budgets.line_of(owner, found, code["id"]) or budgets.new_line(owner, found, code["id"])
        return public(owner.touch(line, original_budget_amount=amount_in("amount", amount)))

    def change_budget(
        self,
        project: int | str,
        flat_code: str,
        *,
        modification: str = "0",
        approved: str = "0",
        pending: str = "0",
    ) -> None:
        """Move money into (or out of) a code: a modification, an approved or a pending budget change."""
        owner, found = self._project(project)
        line = budgets.line_of(owner, found, self._code(owner, found, flat_code)["id"])
        if line is None:
            raise KeyError(f"no budget on {flat_code!r}")
        added = {"_modifications": modification, "_approved_changes": approved, "_pending_changes": pending}
        owner.touch(line, **{name: str(decimal(line[name]) + decimal(amount)) for name, amount in added.items()})

    def lock_budget(self, project: int | str, *, locked: bool = True) -> None:
        self._project(project)[1]["_budget_locked"] = locked

    def rename_columns(self, project: int | str, names: dict[str, str], view: str = "Procore Standard Budget") -> Json:
        """The customer's own display texts for columns, by the standard text; a new view name makes another view."""
        owner, found = self._project(project)
        columns = {names.get(shown, shown): figure for shown, figure in budgets.STANDARD_COLUMNS.items()}
        held = next(owner.rows("budget_views", _project=found["id"], name=view), None)
        if held is None:
            new = {"name": view, "description": None, "role": "budgeting", "_project": found["id"]}
            held = owner.add("budget_views", {**new, "_columns": {}})
        return public(owner.touch(held, _columns=columns))

    def budget(self, project: int | str, flat_code: str) -> dict[str, str]:
        """All figures of a code as they stand now, with two decimals."""
        owner, found = self._project(project)
        code = self._code(owner, found, flat_code)
        line = budgets.line_of(owner, found, code["id"])
        return {name: cents(each) for name, each in figures(owner, found["id"], code["id"], line).items()}

    def add_billing_period(
        self, project: int | str, start: str, end: str, due: str | None = None, status: str = "open"
    ) -> Json:
        owner, found = self._project(project)
        sent = {"start_date": start, "end_date": end, "due_date": due or end, "status": status}
        return public(periods.create(owner, found, sent))

    def close_billing_period(self, project: int | str) -> None:
        """Close the open one, if there is one."""
        owner, found = self._project(project)
        period = periods.open_period(owner, found)
        if period is not None:
            owner.touch(period, status="closed")
