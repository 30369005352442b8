"""Every awkward order of the contractor, by number, with where it must end and why.

`ORDERS["NB-1001"]` tells the case's id, what is awkward, the place of its record after the first run ("done" where a
commitment stands) and the reason it is held for, and the same after its event (`events.py`), if it has one. The
integration is as `mapping.py` sets it up, with the budget checked code by code.
"""

from __future__ import annotations

from ..company.awkward import Case as OrderCase
from . import awkward_orders as orders

CASES = (
    # Projects
    OrderCase("order-no-project", "No tracking at all", orders.no_project, reason="no-project"),
    OrderCase("order-two-projects", "Lines of two projects", orders.two_projects, reason="no-project"),
    OrderCase("order-option-of-no-project", "A tracking option that leads nowhere", orders.option_of_no_project,
              reason="missing-mapping"),
    OrderCase("order-project-by-number", "No row for the option, which is the project's number",
              orders.project_by_number, "done"),
    OrderCase("order-foreign-currency", "Euro for a project in dollars", orders.foreign_currency,
              reason="currency-differs"),
    # Budgets
    OrderCase("order-over-budget", "2,400.00 of 1,800.00 left", orders.over_budget, reason="over-budget"),
    OrderCase("order-over-by-a-cent", "1,800.01 of 1,800.00 left", orders.over_by_a_cent, reason="over-budget"),
    OrderCase("order-over-until-raised", "1,150.00 of 900.00 left; then somebody raises the budget",
              orders.over_until_raised, "held", "over-budget", "done"),
    OrderCase("order-exactly-what-is-left", "1,050.00 of 1,050.00 left", orders.exactly_what_is_left, "done"),
    OrderCase("order-code-without-budget", "A code that has no budget line", orders.code_without_budget,
              reason="over-budget"),
    # Codes
    OrderCase("order-account-without-code", "An account that nobody has mapped", orders.account_without_code,
              reason="missing-mapping"),
    OrderCase("order-code-of-another-project", "A code that its project does not have", orders.code_of_another_project,
              reason="missing-mapping"),
    OrderCase("order-retired-code", "A code that is not active in its project", orders.retired_code,
              reason="missing-mapping"),
    OrderCase("order-code-by-item", "One account, two codes by the items", orders.code_by_item, "done"),
    OrderCase("order-code-by-project", "The row of one project before that of all", orders.code_by_project, "done"),
    OrderCase("order-fit-out-of-library", "A budget line by tracking, narrowed by project", orders.fit_out_of_library,
              "done"),
    OrderCase("order-fit-out-of-depot", "The same option in another project is another code", orders.fit_out_of_depot,
              "done"),
    OrderCase("order-three-codes", "Three codes and a line of text", orders.three_codes, "done"),
    # Not project cost, retention
    OrderCase("order-part-kept-out", "One line is not project cost", orders.part_kept_out, "done"),
    OrderCase("order-all-kept-out", "Nothing of it is project cost", orders.all_kept_out, "excluded-by-rule"),
    OrderCase("order-with-retention", "A line on the retention account", orders.with_retention, reason="retention"),
    # How it is written
    OrderCase("order-tax-inside", "Prices include the tax: the commitment is net", orders.tax_inside, "done"),
    OrderCase("order-tax-on-top", "Tax on top of the prices: the commitment is net", orders.tax_on_top, "done"),
    OrderCase("order-with-discount", "A discount on one line", orders.with_discount, "done"),
    OrderCase("order-price-4-decimals", "A price of 0.0475", orders.price_of_four_decimals, "done"),
    OrderCase("order-negative-line", "A negative line inside an order", orders.with_a_negative_line, "done"),
    OrderCase("order-zero-total", "A total of zero", orders.zero_total, reason="zero-total"),
    OrderCase("order-negative-total", "A negative total", orders.negative_total, reason="credit"),
    # Where it stands
    OrderCase("order-draft", "A draft", orders.draft, "not-yet-approved"),
    OrderCase("order-submitted", "Submitted, and approved by nobody yet", orders.submitted, "not-yet-approved"),
    OrderCase("order-billed-between-polls", "Billed before it was first read: approved all the same",
              orders.billed_between_polls, "done"),
    OrderCase("order-deleted", "Deleted before it was first read", orders.deleted, "withdrawn"),
    OrderCase("order-before-start", "Dated before the start date", orders.before_start, "before-start"),
    OrderCase("order-deleted-later", "Deleted after its commitment stood, with no bill", orders.deleted_later, "done",
              "", "withdrawn"),
    OrderCase("order-grows", "Changed after its commitment stood, with no bill", orders.grows, "done", "", "done"),
    # Suppliers
    OrderCase("order-new-supplier", "Procore does not know the supplier", orders.new_supplier, "done"),
    OrderCase("order-new-supplier-again", "The second order of that supplier: still one vendor",
              orders.new_supplier_again, "done"),
    OrderCase("order-two-vendors-of-the-name", "Two vendors of that name in Procore", orders.two_vendors_of_the_name,
              reason="ambiguous-vendor"),
    OrderCase("order-inactive-vendor", "The vendor is not active in Procore", orders.inactive_vendor,
              reason="inactive-vendor"),
    OrderCase("order-known-by-our-id", "Another name in Procore, and the contact's id on it", orders.known_by_our_id,
              "done"),
)  # fmt: skip

FIRST, COUNT = 1001, 84


def number_of(at: int) -> str:
    """They stand among the good ones."""
    return f"NB-{FIRST + at * COUNT // len(CASES)}"


ORDERS: dict[str, OrderCase] = {number_of(at): case for at, case in enumerate(CASES)}
ORDER_NUMBERS: dict[str, str] = {case.id: number for number, case in ORDERS.items()}
