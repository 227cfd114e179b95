"""Entities as SDKs make them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

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
