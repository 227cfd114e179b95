"""Both lines of the SageMaker SDK, as users write scripts with them. The scripts are in scripts/ and assert by themselves.

They spend most of their time in waiting for jobs, so all that were asked for run side by side on the one platform.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec

import pytest

from tests.sdk.clients import V2, V3
from tests.sdk.running import run_script
from tests.support.live import Live

pytestmark = pytest.mark.sdk

TORCH = "torch" if find_spec("torch") else "none"
SCENARIOS = [
    (V2, "v2_bring_your_own.py"),
    (V2, "v2_inference.py"),
    (V2, "v2_several_containers.py"),
    (V2, "v2_pipelines.py"),
    (V2, "v2_pipeline_executions.py"),
    (V2, "v2_experiments.py"),
    (V2, "v2_tuning.py"),
    (V2, "v2_lineage.py"),
    (V2, "v2_registry.py"),
    (V3, "v3_scripts.py"),
    (V3, "v3_resources.py"),
    (V3, "v3_experiments.py"),
    (V3, "v3_registry.py"),
]


@pytest.fixture(scope="module")
def running(
    request: pytest.FixtureRequest, live: Live, role: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[str]]]:
    """Each script that a collected test asks for, as it runs."""
    asked = {item.callspec.id for item in request.session.items if item.path == request.path}
    with ThreadPoolExecutor(len(SCENARIOS)) as pool:
        yield {
            script: pool.submit(run_script, live, client, script, tmp_path_factory.mktemp("sdk"), role, TORCH)
            for client, script in SCENARIOS
            if script in asked
        }


@pytest.mark.slow
@pytest.mark.parametrize("script", [script for _, script in SCENARIOS])
def test_scenario(running: dict[str, Future[str]], script: str) -> None:
    running[script].result()
