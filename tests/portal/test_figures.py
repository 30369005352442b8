"""The figures: charts that are plain SVG, say the same in words, and are made of few questions to the database."""

import re
import xml.etree.ElementTree as ElementTree
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.desk.charts import Bar, Column, columns, rows
from integrations.models import Integration, PaceWindow, Run, SourceDocument, Work
from tests.engine.rows import an_integration
from tests.portal.conftest import person
from tests.portal.consents import text
from tests.portal.desks import a_held_record, posted

SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def test_a_list_of_bars_fills_by_share_and_says_its_figures() -> None:
    svg = rows("Held by reason", [Bar("Credit", "4", 1.0), Bar("Zero total", "1", 0.25)])
    chart = drawn(svg)
    widths = [each.get("width") for each in chart.iter("rect") if each.get("class") == "cf-c-good"]
    assert widths == ["100.00%", "25.00%"]
    said = chart.find("desc")
    assert said is not None
    assert said.text == "Credit: 4; Zero total: 1"
    assert chart.get("role") == "img"


def test_columns_are_stacked_to_scale() -> None:
    chart = drawn(columns("Per day", [Column("1 Nov", (("good", 30.0), ("bad", 10.0)), "x"), Column("2 Nov", (), "-")]))
    tall = [float(each.get("height", "0")) for each in chart.iter("rect")]
    assert tall == [pytest.approx(108.0), pytest.approx(36.0)]


def test_what_took_next_to_nothing_fills_no_chart() -> None:
    """Two seconds would be the highest column of a scale that ends at 0.0 minutes."""
    svg = columns("Minutes", [Column("1 Nov", (("good", 0.02),), "a minute")], "min", least=1)
    tall = [float(each.get("height", "0")) for each in drawn(svg).iter("rect")]
    assert tall == [pytest.approx(2.9)]
    assert "1.0 min" in svg


def test_what_people_typed_cannot_break_out_of_a_chart() -> None:
    chart = drawn(rows("x", [Bar("<script>alert(1)</script>", '"&', 0.5)]))
    assert not list(chart.iter("script"))


def test_an_empty_chart_is_still_a_drawing() -> None:
    drawn(rows("x", []))
    drawn(columns("x", []))


@pytest.fixture
def integration(db: None) -> Integration:
    return an_integration()


@pytest.fixture
def page(integration: Integration) -> str:
    return reverse("admin:integrations_run_figures")


def desk(role: str = "Accounting staff") -> Client:
    client = Client()
    client.force_login(person("someone", role))
    return client


def test_the_figures_of_a_company(integration: Integration, page: str) -> None:
    now = timezone.now()
    Run.objects.create(integration=integration, started_at=now - timedelta(hours=1), finished_at=now, posted=7, held=2)
    a_held_record(integration, "PF1")
    done = posted(a_held_record(integration, "PF2", work=Work.DONE, hold_reason=""))
    done.posted_at = now
    done.save()
    SourceDocument.objects.filter(records=done.record).update(modified_at=now - timedelta(minutes=4))
    PaceWindow.objects.create(connection=integration.target, window="day", started_at=now, used=250)
    shown = text(desk().get(page))
    assert "7 posted, 2 held" in shown
    assert "4 min, 19 in 20 within 4" in shown
    assert "Missing mapping: 1" in shown
    assert "250 of 1,000" in shown
    for svg in SVG.findall(shown.partition('id="content"')[2]):
        drawn(svg)


def test_without_anything_each_figure_says_so(page: str) -> None:
    shown = text(desk().get(page))
    for words in ("No run in the last two weeks.", "Nothing was approved and posted", "Nothing is held."):
        assert words in shown


def test_e14_figures_count_only_what_a_person_may_see(integration: Integration, page: str) -> None:
    client = desk()
    an_integration("Mine").limited_to.add(User.objects.get(username="someone"))
    a_held_record(integration, "PF1")
    assert "Nothing is held." in text(client.get(page))
    assert integration.target.label not in text(client.get(page))


def test_figures_are_for_whoever_sees_records(page: str) -> None:
    client = Client()
    assert client.get(page).status_code == 302
    client.force_login(person("olga", "Operator"))
    assert client.get(page).status_code == 403


def test_the_figures_ask_the_same_number_of_questions_however_much_there_is(
    integration: Integration, page: str, django_assert_max_num_queries: Any
) -> None:
    client = desk()
    for number in range(20):
        posted(a_held_record(integration, f"PF{number}"))
    client.get(page)
    with django_assert_max_num_queries(15):
        client.get(page)
