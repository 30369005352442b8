"""What a run costs that finds nothing to do: the figure by which a day's calls are planned beside projects."""

import pytest

from integrations.engine.projects import cadence
from integrations.models import Integration
from tests.world import World

pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize(("vendors", "calls"), [("link", 1), ("both", 2)])
def test_a_quiet_run_takes_as_many_calls_as_are_planned_for_it(world: World, vendors: str, calls: int) -> None:
    Integration.objects.update(vendors=vendors, schedule="daily", daily_at="06:00")
    world.integration.refresh_from_db()
    for _ in range(3):
        world.run()
    before = len(world.sandbox.log("xero"))
    world.run()
    asked = [each["path"] for each in world.sandbox.log("xero")[before:] if "/api.xro/" in each["path"]]
    assert len(asked) == calls, asked
    assert cadence.of_ledger(world.integration) == calls + cadence.BESIDES_OF_LEDGER
