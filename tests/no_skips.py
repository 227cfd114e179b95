"""A pytest plugin for build servers: a test that was skipped because something is missing has failed.

`-p tests.no_skips`. A GPU may be missing, and the material of ../shared where that folder is: who has the repository
alone has neither that nor its vectors, recordings and data.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

_HAS_SHARED = (Path(__file__).resolve().parents[2] / "shared").is_dir()
_MAY_BE_MISSING = ("GPU",) if _HAS_SHARED else ("GPU", "not here")


def _deny(report: Any) -> None:
    if report.outcome != "skipped" or hasattr(report, "wasxfail"):
        return
    reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
    if not any(word in reason for word in _MAY_BE_MISSING):
        report.outcome = "failed"
        report.longrepr = f"skipped, where nothing may be: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    report = yield
    _deny(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    report = yield
    _deny(report)
    return report
