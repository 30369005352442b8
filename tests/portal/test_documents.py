"""The documents say what is there: rules cited stand in the rule pages, commands, targets and links exist."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands

from tests.environment_names import names as environment_names
from tests.portal.sources import ROOT, files

RULE_PAGES = ("integrations/ACCOUNTING.md", "integrations/ENGINEERING.md")
DOCUMENTS = sorted(path for path in files() if path.suffix == ".md")
README = (ROOT / "README.md").read_text()

# A number after a point is the id of a check (audit.E001), one after "noqa" is ruff's, and paper has sizes.
CITED = re.compile(r"(?<![\w.&#-])(?P<page>[AE])(?P<first>[1-9]\d{0,2})\b(?: to (?P=page)(?P<last>[1-9]\d{0,2})\b)?")
NOT_OURS = re.compile(r"noqa: [A-Z0-9, ]+|Copy paper A4")
STANDS = re.compile(r"^- \*\*(?P<rules>[AE]\d+(?:, [AE]\d+)*)\*\* \S", re.MULTILINE)
# Taken apart, so that this file is not the one that names them.
REGISTRIES = tuple(
    f"{name}.{domain}"
    for name, domain in (
        ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("yarnpkg", "com"),
        ("unpkg", "com"), ("jsdelivr", "net"), ("cdnjs", "com"), ("crates", "io"), ("rubygems", "org"),
        ("golang", "org"), ("maven", "org"), ("anaconda", "org"), ("debian", "org"), ("ubuntu", "com"),
        ("docker", "io"), ("ghcr", "io"), ("quay", "io"), ("nuget", "org"), ("packagist", "org"), ("jfrog", "io"),
    )
)  # fmt: skip
INDEX_OPTIONS = ("--index-url", "--extra-index-url", "--find-links", "--trusted-host", "PIP_" + "INDEX_URL")


def standing() -> list[str]:
    """Every rule of the two pages, in their order."""
    text = "\n".join((ROOT / page).read_text() for page in RULE_PAGES)
    return [rule for match in STANDS.finditer(text) for rule in match["rules"].split(", ")]


def cited(text: str) -> Iterator[str]:
    """ "A43 to A45" cites three rules."""
    for match in CITED.finditer(NOT_OURS.sub("", text)):
        first = int(match["first"])
        yield from (f"{match['page']}{number}" for number in range(first, int(match["last"] or first) + 1))


def citing() -> dict[Path, set[str]]:
    found = {
        path.relative_to(ROOT): set(cited(path.read_text()))
        for path in files()
        if path.suffix in (".py", ".html", ".md") and str(path.relative_to(ROOT)) not in RULE_PAGES
    }
    return {path: rules for path, rules in found.items() if rules}


def test_every_rule_cited_in_code_tests_and_documents_stands_in_the_rule_pages() -> None:
    found, known = citing(), set(standing())
    missing = {str(path): sorted(rules - known) for path, rules in found.items() if rules - known}
    assert len(found) > 50
    assert not missing


def test_every_rule_stands_once_and_in_order() -> None:
    rules = standing()
    assert [rule for rule, times in Counter(rules).items() if times > 1] == []
    for page in "AE":
        numbers = [int(rule[1:]) for rule in rules if rule[0] == page]
        assert numbers == sorted(numbers)


def test_citations_are_told_from_what_only_looks_like_them() -> None:
    text = 'id="audit.E001" PF1041 GST5 x = A0  # noqa: E402, E501\n(A70 to A72, E5); A99\'s line; E1..E3'
    assert list(cited(text)) == ["A70", "A71", "A72", "E5", "A99", "E1"]


def test_the_readme_names_every_make_target() -> None:
    targets = re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"demo", "test"} <= set(targets)
    assert [target for target in targets if f"`make {target}`" not in README] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_and_command_in_a_document_leads_somewhere(document: Path) -> None:
    text = document.read_text()
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    commands = re.findall(r"manage\.py ([a-z_]+)", text)
    assert [link for link in links if link and not (document.parent / link).exists()] == []
    assert [command for command in commands if command not in get_commands()] == []


def test_the_readme_names_only_variables_that_the_portal_reads() -> None:
    named = set(re.findall(r"^export ([A-Z_]+)=|`([A-Z]+(?:_[A-Z]+)+)`", README, re.MULTILINE))
    flat = {name for pair in named for name in pair if name}
    assert "DATABASE_URL" in flat
    assert flat - environment_names() - {"API_FACTS"} == set()


def test_the_drawing_of_the_data_model_holds_every_table() -> None:
    text = (ROOT / "integrations/README.md").read_text()
    drawings = re.findall(r"```mermaid\nerDiagram\n(.*?)```", text, re.DOTALL)
    drawn = set(re.findall(r"\b[A-Z][A-Za-z]+\b", "".join(drawings)))
    tables = {
        model.__name__ for label in ("integrations", "mappings") for model in apps.get_app_config(label).get_models()
    }
    kept_aside = {name for name in tables if name.startswith("Historical") or name in ASIDE}
    assert tables - kept_aside <= drawn
    assert tables >= ASIDE


# Uploads wait for their confirmation and belong to nothing else.
ASIDE = {"UploadedImport"}


def test_no_file_names_the_host_of_a_package_registry_or_chooses_an_index() -> None:
    seen, naming = 0, {}
    for path in files():
        text = path.read_bytes().decode(errors="replace").lower()
        found = [host for host in REGISTRIES if host in text]
        if path != Path(__file__):
            found += [option for option in INDEX_OPTIONS if option.lower() in text]
        if found:
            naming[str(path.relative_to(ROOT))] = found
        seen += 1
    assert seen > 300
    assert naming == {}
