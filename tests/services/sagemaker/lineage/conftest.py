"""Entities as SDKs make them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.consumers import Consumers
from clary.server.loop import Controllers
from tests.support.turns import turn

Make = Callable[..., str]


@pytest.fixture
def artifact(sm: Any) -> Make:
    """`artifact("s3://b/a", "DataSet")`: the ARN of a new artifact."""

    def make(uri: str, kind: str = "DataSet", **more: Any) -> str:
        return sm.create_artifact(Source={"SourceUri": uri}, ArtifactType=kind, **more)["ArtifactArn"]

    return make


@pytest.fixture
def action(sm: Any) -> Make:
    def make(name: str, kind: str = "ModelDeployment", **more: Any) -> str:
        return sm.create_action(ActionName=name, Source={"SourceUri": "urn:x"}, ActionType=kind, **more)[
            "ActionArn"
        ]

    return make


@pytest.fixture
def context(sm: Any) -> Make:
    def make(name: str, kind: str = "Endpoint", **more: Any) -> str:
        return sm.create_context(ContextName=name, Source={"SourceUri": "urn:x"}, ContextType=kind, **more)[
            "ContextArn"
        ]

    return make


@pytest.fixture
def associate(sm: Any) -> Callable[..., None]:
    """`associate(a, b, c)`: a chain of associations of a type."""

    def make(*arns: str, kind: str = "ContributedTo") -> None:
        for source, destination in itertools.pairwise(arns):
            sm.add_association(SourceArn=source, DestinationArn=destination, AssociationType=kind)

    return make


@pytest.fixture
def consume(platform: Platform) -> Callable[[], None]:
    """Let the consumers of the change feed act on what has changed."""
    consumers = Consumers(platform)
    return consumers.once


@pytest.fixture
def finish(runs: FakeExecutor, controllers: Controllers, clock: FakeClock) -> Callable[..., None]:
    """`finish(inputs=…)`: let all runs that go on end well, having run with this."""

    def end(**members: Any) -> None:
        turn(controllers, clock, 2)
        for run in runs.specs:
            if runs.inspect(run).phase not in ("exited", "lost"):
                runs.finish(run, steps=(("Running", clock.now()),), **members)
        turn(controllers, clock, 5)

    return end


@pytest.fixture
def sources(sm: Any) -> Callable[[str], str]:
    """What an entity is about: the URI of its source, or the end of its ARN for a trial component."""

    def tell(arn: str) -> str:
        noun, _, name = arn.rpartition(":")[2].partition("/")
        if noun == "artifact":
            return sm.describe_artifact(ArtifactArn=arn)["Source"]["SourceUri"]
        return name

    return tell


@pytest.fixture
def around(sm: Any, sources: Callable[[str], str]) -> Callable[[str], set[tuple[str, ...]]]:
    """The associations of an entity, as LineageTableVisualizer asks for them: (source, its type, how, direction)."""

    def table(arn: str) -> set[tuple[str, ...]]:
        found: set[tuple[str, ...]] = set()
        for end, other, direction in (
            ("Destination", "Source", "Input"),
            ("Source", "Destination", "Output"),
        ):
            listed = sm.list_associations(**{f"{end}Arn": arn}, MaxResults=100)["AssociationSummaries"]
            found |= {
                (sources(one[f"{other}Arn"]), one[f"{other}Type"], one["AssociationType"], direction)
                for one in listed
            }
        return found

    return table
