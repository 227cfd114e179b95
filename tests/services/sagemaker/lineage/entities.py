"""What the tests of automatic lineage look at."""

from __future__ import annotations

from typing import Any


def artifact_of(sm: Any, uri: str) -> dict[str, Any]:
    (found,) = sm.list_artifacts(SourceUri=uri)["ArtifactSummaries"]
    return sm.describe_artifact(ArtifactArn=found["ArtifactArn"])
