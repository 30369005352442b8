"""Every action has a dotted name and a sentence; each app registers its own from `AppConfig.ready`."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

AMOUNTS = ("amount", "total", "rest")
PLAIN = re.compile(r"(?P<amount>-?\d+(?:\.(?P<decimals>\d+))?)(?P<currency> [A-Z]{3})?")


Wording = Mapping[str, Callable[[str], str]]


@dataclass(frozen=True)
class Action:
    """`wording` says in words what a detail holds as a code: the entry keeps the code, people read the words."""

    name: str
    sentence: str
    erasable: bool
    wording: Wording = field(default_factory=dict)


_actions: dict[str, Action] = {}


def register(
    sentences: Mapping[str, str], *, erasable: bool = False, wordings: Mapping[str, Wording] | None = None
) -> None:
    """Give actions their sentences, like {"bill.posted": "posted {document} as draft bill {target}"}.

    A sentence is what stands after the actor's name. It may name {document}, {subject}, {actor} and any
    key of the details. `erasable` lets retention erase the details one day; leave it off for everything
    that is evidence (A105). Raises ValueError when a name has another sentence already.
    """
    for name, sentence in sentences.items():
        action = Action(name, sentence, erasable, (wordings or {}).get(name, {}))
        if _actions.setdefault(name, action) != action:
            raise ValueError(f"The audit action {name} is registered twice, with different sentences.")


class Telling(Protocol):
    """What a sentence is made of: an entry, or its columns alone."""

    @property
    def action(self) -> str: ...
    @property
    def actor_label(self) -> str: ...
    @property
    def subject_label(self) -> str: ...
    @property
    def document(self) -> str: ...
    @property
    def details(self) -> Mapping[str, Any]: ...


def sentence(entry: Telling) -> str:
    """What happened, in words; parts that retention erased read as "…"."""
    action = _actions.get(entry.action)
    if action is None:
        return f"{entry.action.replace('.', ' ').replace('_', ' ')}: {entry.subject_label}"
    words = {name: _said(_in_figures(name, value)) for name, value in entry.details.items()}
    words |= {name: say(words[name]) for name, say in action.wording.items() if name in words}
    words |= {"document": entry.document, "subject": entry.subject_label, "actor": entry.actor_label}
    return action.sentence.format_map(_Words(words))


def wording(name: str) -> Wording:
    """The details that this action says in words."""
    return _actions[name].wording if name in _actions else {}


def names() -> list[str]:
    return sorted(_actions)


def erasable() -> list[str]:
    return sorted(action.name for action in _actions.values() if action.erasable)


def is_evidence(name: str) -> bool:
    """Whether the details of this action must be kept for ever (A105)."""
    return name in _actions and not _actions[name].erasable


def families() -> list[str]:
    """The words before the first dot: "bill" of "bill.posted"."""
    return sorted({name.partition(".")[0] for name in _actions})


class _Words(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def _in_figures(name: str, value: Any) -> Any:
    """An amount is kept exactly as it was given and said as accountants write it: 1073.0 as 1,073.00."""
    if not name.endswith(AMOUNTS) or not isinstance(value, (str, Decimal)):
        return value
    found = PLAIN.fullmatch(str(value))
    if found is None:
        return value
    decimals = max(2, len((found["decimals"] or "").rstrip("0")))
    return f"{Decimal(found['amount']):,.{decimals}f}{found['currency'] or ''}"


def _said(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_said(each)}" for name, each in value.items())
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(_said(each) for each in value)
    return str(value)
