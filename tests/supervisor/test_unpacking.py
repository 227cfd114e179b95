"""Models that come as archives: unpacked where they do no harm, refused where they would."""

from __future__ import annotations

import pytest

from clary.runs.api import Input, Resources
from tests.support.archives import EVIL, archive
from tests.support.executors import Bench
from tests.support.stub_s3 import StubS3


# models -----------------------------------------------------------------------------------------------------------
def test_a_model_is_unpacked(bench: Bench, s3: StubS3) -> None:
    s3.put(
        "s3://b/m.tar.gz", archive(("./code/inference.py", b"1"), ("model", b"2"), ("l", "code/inference.py"))
    )
    item = Input("/opt/ml/model", "s3://b/m.tar.gz", kind="model")
    state = bench.run(
        "sh", "-c", "cd /opt/ml/model; cat code/inference.py model l", inputs=(item,), **s3.spec()
    )
    assert state.exit_code == 0
    assert bench.text() == "121"


@pytest.mark.parametrize("name", [name for name in EVIL if name != "through a link"])
def test_an_archive_that_would_do_harm_is_refused(bench: Bench, s3: StubS3, name: str) -> None:
    s3.put("s3://b/m.tar.gz", EVIL[name])
    item = Input("/opt/ml/model", "s3://b/m.tar.gz", kind="model")
    state = bench.run("echo", "started", inputs=(item,), **s3.spec())
    assert (state.phase, state.reason, state.exits) == ("exited", "download", ()), bench.log()
    assert state.detail.startswith("ClientError: Data download failed:")
    assert bench.text() == ""


def test_a_tar_bomb_is_refused_before_it_fills_the_disk(bench: Bench, s3: StubS3) -> None:
    s3.put("s3://b/m.tar.gz", archive(("zeros", bytes(64 << 20))))
    item = Input("/opt/ml/model", "s3://b/m.tar.gz", kind="model")
    state = bench.run("true", inputs=(item,), resources=Resources(volume=1 << 20), **s3.spec())
    assert state.reason == "download"
    assert "more than 3145728 bytes" in state.detail
