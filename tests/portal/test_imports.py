"""Imports point one way: portal -> integrations -> mappings -> audit, and inward within integrations (E7)."""

import sys
from collections.abc import Iterable

import pytest

from tests.portal.sources import APPS, Module, module, modules

# Within integrations a part imports its own rank and lower ones. What is not named here is neither checked nor
# open to ranks below the engine's.
RANKS = {
    "days": 0,
    "documents": 0,
    "errors": 0,
    "file_documents": 0,
    "money": 0,
    "project_documents": 0,
    "project_writes": 0,
    "source_documents": 0,
    "supplier_documents": 0,
    "vendor_documents": 0,
    "http": 1,
    "systems": 2,
    "pairs": 3,
    "models": 4,
    "engine": 4,
    "admin": 5,
    "checkup": 5,
    "connecting": 5,
    "management": 5,
    "oauth": 5,
    "tasks": 5,
    "templatetags": 5,
    "urls": 5,
    "views": 5,
}
ENGINE = RANKS["engine"]
ALONE = ("days", "documents", "errors", "file_documents", "money")
STANDARD = sys.stdlib_module_names
ORM = ("django", "mappings", "audit", "integrations.models")
NETWORK = ("requests", "urllib", "urllib3", "http", "socket", "ssl", "integrations.http")


def asked(one: Module, names: Iterable[str]) -> list[str]:
    """What the module imports of these packages."""
    return sorted(each for each in one.imports if any(each == name or each.startswith(f"{name}.") for name in names))


def upward(one: Module) -> list[str]:
    """What it imports or names of the apps above its own."""
    above = APPS[APPS.index(one.app) + 1 :]
    return asked(one, above) + sorted(one.strings & set(above))


def outward(one: Module) -> list[str]:
    """What a part of integrations imports of parts with a higher rank."""
    rank = RANKS.get(one.part)
    if rank is None:
        return []
    parts = ((each, each.split(".")[1]) for each in asked(one, ["integrations"]) if "." in each)
    return [each for each, part in parts if RANKS.get(part, ENGINE) > rank]


def wrong(found: dict[str, list[str]]) -> str:
    return "\n".join(f"{name} must not know {', '.join(each)}" for name, each in found.items())


@pytest.mark.parametrize("app", APPS)
def test_e7_no_app_knows_one_above_it_by_import_foreign_key_migration_or_name(app: str) -> None:
    seen = modules(app)
    found = {one.name: up for one in seen if (up := upward(one))}
    assert len(seen) > 10
    assert not found, wrong(found)


def test_within_integrations_pages_and_tasks_use_the_engine_and_nothing_inner_uses_them() -> None:
    seen = modules("integrations")
    found = {one.name: out for one in seen if (out := outward(one))}
    assert {one.part for one in seen} >= set(RANKS)
    assert not found, wrong(found)


def test_documents_errors_and_money_import_nothing_of_ours() -> None:
    seen = [one for one in modules("integrations") if one.part in ALONE]
    found = {one.name: ours for one in seen if (ours := asked(one, APPS))}
    assert len(seen) == len(ALONE)
    assert not found, wrong(found)


def test_systems_know_neither_the_database_nor_the_tables_nor_the_trail() -> None:
    seen = modules("integrations/systems")
    found = {one.name: known for one in seen if (known := asked(one, ORM))}
    assert len(seen) > 10
    assert not found, wrong(found)


def test_pairs_are_accounting_alone_without_network_or_database() -> None:
    seen = modules("integrations/pairs")
    rows = ("django", "audit", "integrations.models", "mappings.models")
    found = {one.name: known for one in seen if (known := asked(one, [*NETWORK, *rows]))}
    assert len(seen) > 3
    assert not found, wrong(found)


def test_the_stand_ins_are_made_of_the_standard_library_alone() -> None:
    """They must not share a mistake with what they test; only the command that starts them is a Django command."""
    seen = modules("integrations/sandbox")
    foreign = {
        one.name: sorted(
            each for each in one.imports if not _of_the_sandbox(each) and each.split(".")[0] not in STANDARD
        )
        for one in seen
    }
    found = {name: each for name, each in foreign.items() if each}
    assert len(seen) > 20
    assert not found, wrong(found)


def test_the_product_imports_no_test() -> None:
    """Only the command that runs the benchmarks finds them among the tests."""
    seen = [one for app in APPS for one in modules(app) if one.name != "portal.management.commands.bench"]
    found = {one.name: known for one in seen if (known := asked(one, ["tests", "pytest"]))}
    assert not found, wrong(found)


def _of_the_sandbox(name: str) -> bool:
    return name == "integrations.sandbox" or name.startswith("integrations.sandbox.")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mappings.keys", "import integrations"),
        ("mappings.models.scope", "def late():\n    from integrations.models import Record"),
        ("mappings.models.scope", "record = models.ForeignKey('integrations.Record', models.CASCADE)"),
        ("mappings.migrations.0002_more", "dependencies = [('integrations', '0001_initial')]"),
        ("mappings.apps", "Record = apps.get_model('integrations', 'Record')"),
        ("mappings.admin.base", "reverse('admin:integrations_record_changelist')"),
        ("audit.__init__", "from mappings import keys"),
        ("integrations.engine.__init__", "from portal import roles"),
    ],
)
def test_a_step_upward_is_seen_in_whatever_form(name: str, text: str) -> None:
    assert upward(module(name, text))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("integrations.engine.pull", "from integrations.admin import records"),
        ("integrations.engine.pull", "from ..admin import records"),
        ("integrations.systems.xero.client", "from integrations.pairs import pair"),
        ("integrations.systems.__init__", "from ..models import Record"),
        ("integrations.http.door", "from integrations import systems"),
        ("integrations.pairs.flow", "from integrations.installation import current"),
    ],
)
def test_a_step_outward_is_seen_in_whatever_form(name: str, text: str) -> None:
    assert outward(module(name, text))
