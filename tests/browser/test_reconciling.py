"""The accountant's month end by clicking: reconcile to 0.00, have it reviewed, follow a document back to its source."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.models import ReportRun
from integrations.sandbox import Sandbox
from tests import world as worlds
from tests.browser.conftest import Browser
from tests.portal.conftest import person
from tests.world import DAY, line

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.promise(53)
@pytest.mark.promise(29)
def test_reconcile_to_nothing_and_have_it_reviewed(browser: Browser, sandbox: Sandbox) -> None:
    world = worlds.build(sandbox)
    world.order("PF1")
    world.order("PF2")
    world.order("PF3", lines=[line(account="7777")])
    world.order("PF4")
    world.run()
    xero = sandbox.xero
    for number in ("PF1", "PF4"):
        xero.approve_bill(world.bill(number)["InvoiceID"], tenant=world.tenant)
    xero.edit_bill(world.bill("PF4")["InvoiceID"], tenant=world.tenant, Date=DAY - timedelta(days=35))
    kept = ("Description", "Quantity", "UnitAmount", "AccountCode", "TaxType", "Tracking")
    lines = [{name: each[name] for name in kept if name in each} for each in world.bill("PF2")["LineItems"]]
    lines[1]["UnitAmount"] = 13.0
    xero.edit_bill(world.bill("PF2")["InvoiceID"], tenant=world.tenant, LineItems=lines)
    world.run()

    browser.sign_in(person("anna", "Accounting staff"))
    assert browser.open("/integrations/reportrun/") == 200
    browser.pictured("runs-empty")
    browser.follow("Prepare a reconciliation")
    browser.pictured("prepare")
    assert browser.fits()
    browser.page.fill("[name=as_of]", f"{timezone.localdate():%Y-%m-%d}")
    browser.press("Prepare")
    assert browser.says("rest 0.00")
    assert browser.says("held for a person")
    assert browser.fits()
    browser.pictured("run")
    run = ReportRun.objects.get()
    browser.follow("month differs")
    assert browser.says("PF4")
    browser.pictured("differences")

    for page, name in (
        (f"/integrations/reportrun/{run.pk}/print/", "print"),
        ("/month-end/", "month-end"),
        ("/month-end/?list=other-month", "month-end-other"),
        ("/integrations/flag/", "flags"),
        ("/evidence/?q=nothing", "search"),
    ):
        assert browser.open(page) == 200
        assert browser.fits(), page
        browser.pictured(name)
    browser.open("/integrations/flag/")
    browser.follow("PF2")
    assert browser.says("520.00")
    browser.pictured("flag")

    browser.open("/evidence/")
    browser.page.fill("#q", world.bill("PF1")["Url"])
    browser.press("Find it")
    assert browser.says("What was written, line by line")
    assert browser.says("Nitrile gloves M")
    assert browser.fits()
    browser.pictured("evidence")

    browser.page.context.clear_cookies()
    browser.sign_in(person("susan", "Supervisor"))
    browser.open(f"/integrations/reportrun/{run.pk}/change/")
    browser.page.fill("#remark", "Agreed with the ledger")
    browser.press("I have reviewed it")
    assert browser.says("susan,")
    run.refresh_from_db()
    assert (run.reviewed_by is not None, run.adds_up) == (True, True)
    assert browser.complaints == []


def test_the_setting_for_suppliers_files_stands_beside_its_calls(browser: Browser, sandbox: Sandbox) -> None:
    world = worlds.build(sandbox)
    world.invoice("INV-7", items=[{"name": "Gloves", "amount": "100.00", "account": "6100"}])
    world.run()
    browser.sign_in(person("ina", "Integration administrator"))
    assert browser.open(f"/integrations/integration/{world.integration.pk}/change/") == 200
    assert browser.says("1 bill waits or stands as a draft now: at most 2 calls to each")
    assert browser.fits()
    browser.pictured("files-setting")
