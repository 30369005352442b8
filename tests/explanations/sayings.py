"""Everything that the stand-ins can say when they will not, read from their source."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SANDBOX = Path(__file__).resolve().parents[2] / "integrations" / "sandbox"
# Functions that take the words of a refused field or document.
REFUSING = {
    "xero": {"add", "_complain", "_refused_file"},
    "procurify": {"Wrong"},
    "procore": set(),
}
# Functions that take the words, and mostly the status, of a refused call.
ANSWERING = {
    "xero": {"Denied", "TextProblem", "OverLimit", "post_not_understood", "query_not_understood", "JsonProblem"},
    "procurify": {"detail", "not_found", "_refused"},
    "procore": {"Problem"},
}


@dataclass(frozen=True)
class Saying:
    """`status` is None where the stand-in wraps the words into a refusal of one document."""

    system: str
    words: str
    status: int | None = None


def refusals(system: str) -> list[Saying]:
    """What it says of a document, a line or a field; what is not known beforehand reads X."""
    found = {Saying(system, words) for words, _ in _said(system, REFUSING[system])}
    if system == "procurify":
        found |= {Saying(system, words) for words in _values_of(system, "InvalidFields")}
        found |= {Saying(system, words) for words in _values_of(system, "wrong")}
    elif system == "procore":
        found |= {Saying(system, words) for words in _values_of(system, "Invalid")}
    else:
        found |= {Saying(system, words) for words in _returned(system, "lock_message")}
    return sorted(found, key=lambda each: each.words)


def answers(system: str) -> list[Saying]:
    """The calls that it refuses as a whole, with their status."""
    return sorted({Saying(system, *each) for each in _said(system, ANSWERING[system])}, key=str)


@cache
def _modules(system: str) -> tuple[tuple[ast.Module, dict[str, str]], ...]:
    trees = [ast.parse(path.read_text()) for path in sorted((SANDBOX / system).glob("*.py"))]
    constants = {
        target.id: text
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.Assign) and (text := _text(node.value, {}))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return tuple((tree, constants) for tree in trees)


def _said(system: str, names: set[str]) -> Iterator[tuple[str, int | None]]:
    for tree, constants in _modules(system):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) in names:
                words = [text for each in node.args if (text := _text(each, constants))]
                status = next((each.value for each in node.args if _is_status(each)), None)  # type: ignore[attr-defined]
                if words and (" " in words[-1] or status):
                    yield words[-1], status


def _values_of(system: str, name: str) -> Iterator[str]:
    """The sentences of a dict that is handed to `name`, or assigned to it."""
    for tree, constants in _modules(system):
        for node in ast.walk(tree):
            inside: list[ast.AST] = []
            if isinstance(node, ast.Call) and _name(node.func) == name:
                inside = [*node.args, *(each.value for each in node.keywords)]
            elif isinstance(node, ast.Assign) and any(_name(target) == name for target in node.targets):
                inside = [node.value]
            for each in (deep for part in inside for deep in ast.walk(part)):
                text = _text(each, constants) if isinstance(each, ast.Constant) else ""
                if " " in text:
                    yield text


def _returned(system: str, function: str) -> Iterator[str]:
    for tree, constants in _modules(system):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name == function:
                for deep in ast.walk(node):
                    if isinstance(deep, ast.Return) and (text := _text(deep.value, constants)):
                        yield text


def _is_status(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int) and 400 <= node.value < 600


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.AST | None, constants: dict[str, str]) -> str:
    """A text as far as it is written down; whatever is put into it reads X."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(each.value if isinstance(each, ast.Constant) else "X" for each in node.values)  # type: ignore[misc]
    if isinstance(node, ast.Name | ast.Attribute):
        return constants.get(_name(node), "")
    return ""
