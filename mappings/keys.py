"""What a line is looked up by. The same key names a saved row and a gap, so that one closes the other (E9).

An empty part means "any" (E15). Texts are made canonical here and nowhere else: what a person typed and what a
document says meet in the same form.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

ANY = ""
ACCOUNT = "account"
TRACKING = "tracking"
TAX = "tax"
EXTRA_COST = "extra-cost"
VENDOR = "vendor"
CURRENCY = "currency"
ROUNDING = "rounding"
PROJECT = "project"
COST_CODE = "cost-code"
BUDGET_LINE = "budget-line"
BUDGET_CODE = "budget-code"
TABLES = (
    ACCOUNT, TRACKING, TAX, EXTRA_COST, VENDOR, CURRENCY, ROUNDING, PROJECT, COST_CODE, BUDGET_LINE, BUDGET_CODE,
)  # fmt: skip

NO_TAX = "no tax"
AND_SO_ON = "*"  # ends the beginning of an item code in a row of the cost code table
PART_LENGTH = 60
ID_LENGTH = 100
TEXT_LENGTH = 200
COUNTRY_LENGTH = 30
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_FIXED = " (fixed amount)"
_PERCENT = re.compile(r"^(?P<name>.*?) ?(?P<percent>-?\d+(?:\.\d+)?)%$")


@dataclass(frozen=True, slots=True)
class LookupKey:
    """A place in a lookup table, narrowest part last. `text` fits 500 characters and is equal for equal keys."""

    table: str
    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        return json.dumps(self.parts, ensure_ascii=False, separators=(",", ":"))

    @property
    def beginning(self) -> str:
        """What the text of every key begins with that this one could answer; to narrow a query."""
        return self.text[:-1].split(',""')[0].split(f'{AND_SO_ON}"')[0] if self.parts[0] else "["

    @classmethod
    def parse(cls, table: str, text: str) -> "LookupKey":
        """The key that `text` was made from. Raises ValueError for any other text."""
        parts = json.loads(text)
        if table not in TABLES or not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise ValueError("This is not the key of a lookup table.")
        return cls(table, tuple(parts))

    def widened(self, parts: int) -> "LookupKey":
        """The key of the first parts alone, any of the others."""
        return LookupKey(self.table, tuple(part if at < parts else ANY for at, part in enumerate(self.parts)))

    def answers(self, gap: "LookupKey") -> bool:
        """Whether a row saved under this key is found by a line that met the gap.

        A row for any department answers a gap in Production; a row for Production does not answer a gap of
        a line without a department.
        """
        return (
            self.table == gap.table
            and len(self.parts) == len(gap.parts)
            and all(self._covers(mine, wanted) for mine, wanted in zip(self.parts, gap.parts, strict=True))
        )

    def _covers(self, mine: str, wanted: str) -> bool:
        begins = self.table == COST_CODE and mine.endswith(AND_SO_ON)
        return mine in (ANY, wanted) or (begins and wanted.startswith(mine.removesuffix(AND_SO_ON)))


def account_key(code: str, department: str = ANY, location: str = ANY, item_category: str = ANY) -> LookupKey:
    return LookupKey(ACCOUNT, (plain(code), plain(department), plain(location), plain(item_category)))


def tracking_key(dimension: str, source_key: str = ANY) -> LookupKey:
    """Without a source key: every gap of the dimension, as when a category stops being required."""
    return LookupKey(TRACKING, (plain(dimension), plain(source_key, ID_LENGTH)))


def tax_key(taxes: str, currency: str = ANY, country: str = ANY) -> LookupKey:
    """`taxes` is what `taxes_key` made."""
    return LookupKey(TAX, (plain(taxes, TEXT_LENGTH), currency_code(currency), country_code(country)))


def extra_cost_key(name: str) -> LookupKey:
    return LookupKey(EXTRA_COST, (cost_name(name),))


def vendor_key(source_key: str, currency: str = ANY) -> LookupKey:
    return LookupKey(VENDOR, (plain(source_key, ID_LENGTH), currency_code(currency)))


def currency_key(code: str) -> LookupKey:
    """Not a table of ours: the target's list of enabled currencies answers it (A56)."""
    return LookupKey(CURRENCY, (currency_code(code),))


def rounding_key() -> LookupKey:
    """The rounding account of a scope (A27)."""
    return LookupKey(ROUNDING, (ANY,))


def project_key(option: str = ANY) -> LookupKey:
    """The project that a tracking option of the source stands for. Without an option: every gap of that kind."""
    return LookupKey(PROJECT, (plain(option, ID_LENGTH),))


def cost_code_key(account: str, item: str = ANY, project: str = ANY) -> LookupKey:
    """`item` is an item code or, in a row, its beginning followed by a star."""
    return LookupKey(COST_CODE, (plain(account), plain(item), plain(project, ID_LENGTH)))


def budget_line_key(option: str = ANY, project: str = ANY) -> LookupKey:
    return LookupKey(BUDGET_LINE, (plain(option, ID_LENGTH), plain(project, ID_LENGTH)))


def budget_code_key(project: str, code: str) -> LookupKey:
    """Not a table of ours: the target's list of a project's codes answers it."""
    return LookupKey(BUDGET_CODE, (plain(project, ID_LENGTH), plain(code, ID_LENGTH)))


def project_number(text: str) -> str:
    """As people mean it: blanks around it, capitals and leading zeros do not count."""
    return plain(text, ID_LENGTH).casefold().lstrip("0") or "0"


def option_name(text: str) -> str:
    """A tracking option's name as documents and lists agree on it; punctuation tells options apart."""
    return plain(text, ID_LENGTH).casefold()


def plain(text: str, length: int = PART_LENGTH) -> str:
    """One line of composed Unicode without outer or doubled blanks.

    What is too long keeps its start and a hash of the whole, so that two long texts stay two.
    """
    return _remembered(text, length) if len(text) <= _REMEMBERED_UP_TO else _plain(text, length)


def cost_name(name: str) -> str:
    """Extra costs are typed by people at the source: "FREIGHT " and "Freight" are one."""
    return plain(name.casefold(), TEXT_LENGTH)


def currency_code(code: str) -> str:
    return plain(code, 10).upper()


def country_code(country: str) -> str:
    return plain(country, COUNTRY_LENGTH).upper()


def taxes_key(taxes: Iterable[tuple[str, Decimal | None]]) -> str:
    """The whole set of taxes on one line (A46): "GST 5% + PST 7%", "no tax" for none.

    A percentage of None is a tax of a fixed amount. The order in which the source lists them does not matter.
    """
    return _remembered_taxes(tuple(taxes))


def read_taxes(text: str) -> list[tuple[str, Decimal | None]]:
    """The taxes that `taxes_key` wrote, or a person in the same form: "gst  5.0 %+ PST 7%" is understood.

    Raises ValueError naming the part that is neither a percentage nor marked as a fixed amount.
    """
    text = plain(text, TEXT_LENGTH)
    if text.casefold() in ("", NO_TAX):
        return []
    return [_tax_read(part.strip()) for part in re.split(r" \+ |(?<=%)\s*\+\s*", text)]


def total_percent(taxes: Iterable[tuple[str, Decimal | None]]) -> Decimal | None:
    """All percentages together; None where one of them is a fixed amount."""
    percents = [percent for _, percent in taxes]
    known = [percent for percent in percents if percent is not None]
    return sum(known, Decimal(0)) if len(known) == len(percents) else None


def _tax_written(name: str, percent: Decimal | None) -> str:
    name = plain(name.replace("+", " and ").replace("%", " percent"), 80)
    return f"{name}{_FIXED}" if percent is None else f"{name} {_plain_number(percent)}%".strip()


def _tax_read(part: str) -> tuple[str, Decimal | None]:
    if part.endswith(_FIXED.strip()):
        return part.removesuffix(_FIXED.strip()).strip(), None
    match = _PERCENT.match(part.replace(" %", "%"))
    if match is None:
        raise ValueError(f"“{part}” needs a percentage, as in “GST 5%”, or “{_FIXED.strip()}” after its name.")
    return match["name"].strip(), Decimal(match["percent"])


def _plain_number(number: Decimal) -> str:
    return f"{number.normalize():f}" if number else "0"


def _taxes_key(taxes: tuple[tuple[str, Decimal | None], ...]) -> str:
    written = sorted(_tax_written(name, percent) for name, percent in taxes)
    return plain(" + ".join(written), TEXT_LENGTH) or NO_TAX


def _plain(text: str, length: int) -> str:
    text = _CONTROLS.sub("", " ".join(text.split()))
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    return f"{text[: length - 14]}… {hashlib.sha256(text.encode()).hexdigest()[:12]}"


# A run asks for the same few codes and taxes thousands of times.
_REMEMBERED_UP_TO = 300
_remembered = lru_cache(maxsize=8192)(_plain)
_remembered_taxes = lru_cache(maxsize=256)(_taxes_key)
