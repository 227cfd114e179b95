"""Stores that no record has are removed, and no others."""

from __future__ import annotations

from collections.abc import Callable

from clary.plane import Platform
from clary.services.sagemaker.mlflow.sweep import sweep
from tests.services.sagemaker.mlflow.conftest import Servers


def test_only_what_no_record_has_is_removed(
    track: Callable[..., str], servers: Servers, platform: Platform
) -> None:
    track()
    servers.bring_up()
    gone = "mlflow-tracking-server-gone-111122223333-us-east-1-18bcfe56"
    servers.runs.left = [gone, "another-services-store"]
    assert sweep(platform) == [gone]
    assert sweep(platform) == []
    assert servers.runs.discarded == [gone]
