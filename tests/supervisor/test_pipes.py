"""Inputs that come through pipes, epoch after epoch."""

from __future__ import annotations

import gzip
import struct

from clary.runs.api import Input
from tests.supervisor.files import DATA
from tests.support.executors import Bench
from tests.support.stub_s3 import StubS3


# pipes ------------------------------------------------------------------------------------------------------------
def test_a_pipe_gives_each_epoch_all_objects_in_order(bench: Bench, s3: StubS3) -> None:
    s3.put("s3://b/t/a", b"one,")
    s3.put("s3://b/t/b", b"two")
    script = f"cat {DATA}_0; echo; while ! [ -p {DATA}_1 ]; do sleep 0.01; done; head -c 3 {DATA}_1"
    state = bench.run("sh", "-c", script, inputs=(Input(DATA, "s3://b/t/", mode="Pipe"),), **s3.spec())
    assert state.exit_code == 0
    assert bench.text() == "one,two\none"
    assert [name for name, _ in state.steps] == ["Running"]


def test_a_pipe_repeats_nothing_when_a_body_breaks(bench: Bench, s3: StubS3) -> None:
    """The program has read what came before the break; it cannot be taken back."""
    s3.put("s3://b/t/a", b"".join(b"%04d\n" % number for number in range(1000)))
    s3.cuts = [1003, 2, 3001]
    state = bench.run(
        "sh", "-c", f"cat {DATA}_0", inputs=(Input(DATA, "s3://b/t/", mode="Pipe"),), **s3.spec()
    )
    assert state.exit_code == 0
    assert bench.text() == "".join(f"{number:04}\n" for number in range(1000))


def test_a_pipe_undoes_gzip_and_frames_records(bench: Bench, s3: StubS3) -> None:
    s3.put("s3://b/t/a", gzip.compress(b"hello"))
    item = Input(DATA, "s3://b/t/", mode="Pipe", gunzip=True, record_wrapper=True)
    bench.run("sh", "-c", f"cat {DATA}_0 | od -An -v -tx1 | tr -d ' \\n'", inputs=(item,), **s3.spec())
    assert bytes.fromhex(bench.text()) == struct.pack("<II", 0xCED7230A, 5) + b"hello\0\0\0"


def test_a_pipe_nobody_reads_does_not_hold_the_run(bench: Bench, s3: StubS3) -> None:
    s3.put("s3://b/t/a", b"one")
    assert bench.run("true", inputs=(Input(DATA, "s3://b/t/", mode="Pipe"),), **s3.spec()).exit_code == 0
