"""Details as people read them: a table of before and after, and the other facts in a list."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

SIDES = ("before", "after")


@dataclass(frozen=True, slots=True)
class Change:
    """One field on both sides, as text; empty where a side does not have it."""

    field: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        return self.before != self.after


def changes(details: Mapping[str, Any]) -> list[Change]:
    """The rows of `before` and `after`, nested ones by their path: "Lines 1 account"."""
    before, after = (dict(_flat(details.get(side) or {})) for side in SIDES)
    fields = list(before | after)
    return [Change(field, before.get(field, ""), after.get(field, "")) for field in fields]


def facts(
    details: Mapping[str, Any], wording: Mapping[str, Callable[[str], str]] | None = None
) -> list[tuple[str, str]]:
    """Everything else in the details; what has a wording is said in words, with the exact value behind it."""
    rest = {name: value for name, value in details.items() if name not in SIDES}
    for name, say in (wording or {}).items():
        if isinstance(exact := rest.get(name), str) and (words := say(exact)) != exact:
            rest[name] = f"{words} ({exact})"
    return list(_flat(rest))


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _flat(each, f"{path} {name}".strip())
    elif isinstance(value, list) and any(isinstance(each, Mapping | list) for each in value):
        for number, each in enumerate(value, start=1):
            yield from _flat(each, f"{path} {number}".strip())
    else:
        yield _label(path), _text(value)


def _label(path: str) -> str:
    words = path.replace("_", " ")
    return words[:1].upper() + words[1:]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return str(value)
