"""What the product's own files import, name and cite: read from their text, without importing them."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("audit", "mappings", "integrations", "portal")  # lowest first
PASSED_OVER = {"__pycache__", "build", "node_modules", "staticfiles"}

_DOTTED = re.compile(rf"(?P<app>{'|'.join(APPS)})(\.\w+)+")
_PAGE = re.compile(rf"admin:(?P<app>{'|'.join(APPS)})_\w+")


@dataclass(frozen=True)
class Module:
    """One file: `name` as Python imports it, `imports` every module or name it asks for, wherever in the file.

    `strings` are the apps it names in texts: foreign keys, migration dependencies, permissions, dotted paths, pages.
    """

    name: str
    imports: frozenset[str]
    strings: frozenset[str] = field(default_factory=frozenset)

    @property
    def app(self) -> str:
        return self.name.partition(".")[0]

    @property
    def part(self) -> str:
        """The folder or file below its app."""
        return self.name.split(".")[1] if "." in self.name else ""


def files() -> Iterator[Path]:
    """Every file of the repository; not what tools leave in it."""
    waiting = [ROOT]
    while waiting:
        for path in sorted(waiting.pop().iterdir()):
            hidden = path.name.startswith(".") and path.name not in (".ci", ".gitignore", ".github")
            if hidden or path.name in PASSED_OVER or path.is_symlink():
                continue
            if path.is_dir():
                waiting.append(path)
            elif path.suffix != ".pyc" and ".sqlite3" not in path.name:
                yield path


@cache
def modules(folder: str) -> tuple[Module, ...]:
    """Every module below a folder of the repository."""
    return tuple(module(name_of(path), path.read_text()) for path in sorted((ROOT / folder).rglob("*.py")))


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def module(name: str, text: str) -> Module:
    """`name` ends in `__init__` for a package, so that its relative imports can be told."""
    tree = ast.parse(text)
    return Module(name.removesuffix(".__init__"), frozenset(_imports(tree, name)), frozenset(_apps_named(tree)))


def _imports(tree: ast.AST, name: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = name.split(".")[: -node.level] if node.level else []
            origin = ".".join([*package, *([node.module] if node.module else [])])
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def _apps_named(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            continue
        if node.value in APPS:
            yield node.value
        elif match := _DOTTED.fullmatch(node.value) or _PAGE.fullmatch(node.value):
            yield match["app"]
