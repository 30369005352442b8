"""What readers of screens and people without a mouse need of every template of ours."""

import re
from pathlib import Path

import pytest

from tests.portal.sources import ROOT, files

TEMPLATES = sorted(path for path in files() if path.suffix == ".html")
FIELD = re.compile(r"<(?:input|select|textarea)\b(?P<attributes>[^>]*)>")
NEEDS_NO_LABEL = re.compile(r'type="(?:hidden|submit)"|\baria-label(?:ledby)?=')

every_template = pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))


@every_template
def test_heads_of_tables_say_what_they_head_and_pictures_what_they_show(path: Path) -> None:
    text = path.read_text()
    assert re.findall(r"<th\b(?![^>]*\bscope=)[^>]*>", text) == []
    assert re.findall(r"<img\b(?![^>]*\balt=)[^>]*>", text) == []


@every_template
def test_every_field_has_its_label(path: Path) -> None:
    text = path.read_text()
    assert [found.group() for found in FIELD.finditer(text) if not _is_labelled(found, text)] == []


def _is_labelled(field: re.Match[str], text: str) -> bool:
    """By an attribute, by a label that stands around it, or by one that names it."""
    before, attributes = text[: field.start()], field["attributes"]
    named = re.search(r'\bid="([^"]+)"', attributes)
    return bool(
        NEEDS_NO_LABEL.search(attributes)
        or before.rfind("<label") > before.rfind("</label>")
        or (named and f'for="{named[1]}"' in text)
    )


@every_template
def test_nothing_is_laid_out_or_handled_inside_a_tag(path: Path) -> None:
    assert re.findall(r'\s(?:style|on[a-z]+)="[^"]*"', path.read_text()) == []
