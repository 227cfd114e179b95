"""Models that come as archives: unpacked where they do no harm, refused where they would."""

from __future__ import annotations

import io
import tarfile

import pytest

from clary.runs.api import Input, Resources
from tests.support.executors import Bench
from tests.support.stub_s3 import StubS3


def archive(*members: tuple[str, bytes | str], kind: bytes = tarfile.REGTYPE) -> bytes:
    """A tar.gz; a text is the target of a link (or whatever `kind` makes of it)."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as made:
        for name, content in members:
            member = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                member.size = len(content)
                made.addfile(member, io.BytesIO(content))
            else:
                member.type = kind if kind != tarfile.REGTYPE else tarfile.SYMTYPE
                member.linkname = content
                made.addfile(member)
    return packed.getvalue()


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


EVIL = {
    "absolute": archive(("/etc/x", b"")),
    "climbing": archive(("../x", b"")),
    "deep climbing": archive(("a/../../x", b"")),
    "link to root": archive(("l", "/etc")),
    "link upwards": archive(("d/l", "../../x")),
    "link through a link": archive(("s", "."), ("l", "s/../../x")),
    "through a link": archive(("l", "d"), ("d/f", b""), ("l/x", b""), ("l", "d")),
    "hard link": archive(("h", "../../spec.json"), kind=tarfile.LNKTYPE),
    "hard link to nothing": archive(("h", "nothing"), kind=tarfile.LNKTYPE),
    "device": archive(("dev", ""), kind=tarfile.CHRTYPE),
    "fifo": archive(("fifo", ""), kind=tarfile.FIFOTYPE),
    "no archive": b"hello",
    "cut": archive(("a", b"x" * 100_000))[:-40],
}


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
