"""Amazon Elastic Container Registry: an input for every operation that answers. Names mean those of the caller's account and region."""

from __future__ import annotations

from typing import Any

from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.world import World

GIVEN: dict[str, Any] = {"repositoryName": "my-repository"}


def given(w: World) -> Params:
    """What a repository is created with, by a name of its own."""
    return {**GIVEN, "repositoryName": w.fresh("name")}


def made(w: World) -> str:
    """Create a repository as the owner and return its name."""
    params = given(w)
    w.client("ecr").create_repository(**params)
    return params["repositoryName"]


CASES = {
    "CreateRepository": Case(given, Outcome.OWN),
    "DeleteRepository": Case(lambda w: {"repositoryName": made(w)}, Outcome.MISSING),
    "DescribeRepositories": Case(lambda w: {}, Outcome.OWN),
}
