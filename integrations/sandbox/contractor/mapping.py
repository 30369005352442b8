"""The tables as the contractor's accountant filled them in, with what was forgotten. Plain values for a set-up.

Codes are written as Procore shows them; projects go by their numbers. Deliberate gaps: account 398 and the options
"Overhead" (no project) and "1205" (found by its number).
"""

from __future__ import annotations

from .books import BOATS, CLINIC, FIT_OUT, LIBRARY, ROWS, SLAB, TOWER_CRANE

NOT_PROJECT_COST, RETENTION = "not project cost", "retention"
# Option of the tracking category "Project" -> number of the project.
PROJECTS = {CLINIC: "1201", BOATS: "1202", LIBRARY: "1203", ROWS: "1204"}
# (account, item, number of the project or "") -> code. A star ends the beginning of an item's code.
COST_CODES = {
    ("310", "", ""): "03-300.M",
    ("310", "RBR*", ""): "05-120.M",
    ("320", "", ""): "05-120.M",
    ("330", "", ""): "06-100.M",
    ("340", "", ""): "07-500.S",
    ("350", "", ""): "09-250.M",
    ("360", "", ""): "16-100.S",
    ("370", "", ""): "15-400.S",
    ("380", "", ""): "02-300.S",
    ("390", "", ""): "01-500.E",
    ("395", "", ""): "03-300.M",
    ("395", "", "1203"): "09-250.M",
}
MARKS = {"429": NOT_PROJECT_COST, "453": NOT_PROJECT_COST, "830": RETENTION}
# (option of the tracking category "Budget line", number of the project or "") -> code.
BUDGET_LINES = {
    (TOWER_CRANE, ""): "01-500.E",
    (FIT_OUT, "1203"): "09-250.M",
    (FIT_OUT, "1205"): "16-100.S",
    (SLAB, ""): "03-300.M",
}
