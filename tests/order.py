"""A pytest plugin: the files whose tests take longest run first, so that no worker ends minutes after the others.

`-p tests.order`, with `--no-loadscope-reorder`: left to itself, xdist begins with the files that have most tests, and so
ends with the few that last. All other files keep their order.
"""

from __future__ import annotations

import pytest

# In the order of the wall time that `./run test --cpu` prints for them on an idle machine.
LONGEST = (
    "tests/test_tutorials.py",
    "tests/sdk/test_sagemaker_sdk.py",
    "tests/recovery/test_kill.py",
    "tests/sdk/test_aws_cli.py",
    "tests/cli/demo/test_command.py",
    "tests/server/test_heartbeat.py",
    "tests/security/test_archives.py",
    "tests/upgrade/test_homes_in_use.py",
    "tests/sdk/test_data_clients.py",
    "tests/test_run.py",
)
_PLACES = {name: place for place, name in enumerate(LONGEST)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _PLACES.get(item.nodeid.partition("::")[0], len(LONGEST)))
