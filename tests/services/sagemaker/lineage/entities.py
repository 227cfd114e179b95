"""Words for what the tests of automatic lineage look at, and how a run ends."""

from __future__ import annotations

from typing import Any

from clary.kernel import FakeClock
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.support.turns import turn


def artifact_of(sm: Any, uri: str) -> dict[str, Any]:
    (found,) = sm.list_artifacts(SourceUri=uri)["ArtifactSummaries"]
    return sm.describe_artifact(ArtifactArn=found["ArtifactArn"])


def finished(runs: FakeExecutor, controllers: Controllers, clock: FakeClock, **members: Any) -> None:
    """Let all runs that go on end well."""
    turn(controllers, clock, 2)
    for run in runs.specs:
        if runs.inspect(run).phase not in ("exited", "lost"):
            runs.finish(run, steps=(("Running", clock.now()),), **members)
    turn(controllers, clock, 5)
