"""Both lines of the SageMaker SDK, as users write scripts with them. The scripts are in scripts/ and assert by themselves."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.sdk.clients import V2, V3, Client
from tests.sdk.running import run_script
from tests.server.live import Live

pytestmark = pytest.mark.sdk

TORCH = "torch" if find_spec("torch") else "none"
SCENARIOS = [
    (V2, "v2_bring_your_own.py"),
    (V2, "v2_inference.py"),
    (V3, "v3_scripts.py"),
    (V3, "v3_resources.py"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("client", "script"), SCENARIOS, ids=[script for _, script in SCENARIOS])
def test_scenario(live: Live, role: str, tmp_path: Path, client: Client, script: str) -> None:
    run_script(live, client, script, tmp_path, role, TORCH)
