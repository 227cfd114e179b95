"""What a run notes of what it began with."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from clary.runs.api import Input, Output, Seen, Sent
from clary_supervisor.witness import distributions
from tests.supervisor.files import DATA
from tests.support.executors import Bench
from tests.support.stub_s3 import StubS3


def seen(bench: Bench, s3: StubS3, *inputs: Input, **members: Any) -> tuple[Seen, ...]:
    state = bench.run("true", inputs=inputs, **s3.spec(), **members)
    assert state.exit_code == 0, state
    bench.executor.forget("r")
    return state.inputs


def test_an_input_by_its_objects(bench: Bench, s3: StubS3) -> None:
    s3.put("s3://b/t/a", b"one")
    s3.put("s3://b/t/b", b"two!")
    (first,) = seen(bench, s3, Input(DATA, "s3://b/t/"))
    assert (first.path, first.uri, first.objects, first.bytes) == ("input/data/train", "s3://b/t/", 2, 7)
    assert seen(bench, s3, Input(DATA, "s3://b/t/")) == (first,)
    s3.put("s3://b/t/b", b"tow!")  # as long as before
    (second,) = seen(bench, s3, Input(DATA, "s3://b/t/"))
    assert (second.objects, second.bytes) == (2, 7)
    assert second.digest != first.digest
    s3.put("s3://b/t/b", b"two!")
    s3.put("s3://c/elsewhere/a", b"one")
    s3.put("s3://c/elsewhere/b", b"two!")
    (moved,) = seen(bench, s3, Input(DATA, "s3://c/elsewhere/"))
    assert moved.digest == first.digest


def test_pipes_and_what_the_program_fetches_by_itself(bench: Bench, s3: StubS3) -> None:
    s3.put("s3://b/t/a", b"one")
    s3.put("s3://b/code/sourcedir.tar.gz", b"code")
    sources = ("s3://b/code/sourcedir.tar.gz", "s3://b/none", "s3://")
    pipe, code, none, broken = seen(bench, s3, Input(DATA, "s3://b/t/", mode="Pipe"), sources=sources)
    assert (pipe.objects, pipe.bytes) == (1, 3)
    assert (code.path, code.uri, code.objects, code.bytes) == (sources[0], sources[0], 1, 4)
    assert none.objects == broken.objects == 0


def test_the_archives_that_were_made(bench: Bench, s3: StubS3) -> None:
    outputs = (
        Output("model", "s3://b/model.tar.gz", "tar.gz"),
        Output("output/data", "s3://b/output.tar.gz", "tar.gz", skip_empty=True),
        Output("files", "s3://b/files", "files"),
    )
    script = 'cd "${SAGEMAKER_BASE_DIR:-/opt/ml}"; mkdir files; echo 1 > model/a; echo 2 > files/b'
    state = bench.run("sh", "-c", script, outputs=outputs, **s3.spec())
    (made,) = state.outputs
    archive = s3.get("s3://b/model.tar.gz") or b""
    assert made == Sent("s3://b/model.tar.gz", len(archive), hashlib.sha256(archive).hexdigest())


def test_what_programs_can_import(bench: Bench) -> None:
    state = bench.run("sh", "-c", 'mkdir -p "$PIP_TARGET/foo_bar-1.2.dist-info" "$PIP_TARGET/foo_bar"')
    found = state.environment
    assert f"botocore=={version('botocore')}" in found["libraries"].split()
    assert found["installed"] == "foo_bar==1.2"
    assert found["python"].startswith("3.")
    assert len(found["digest"]) == 64


def test_distributions_by_their_folders(tmp_path: Path) -> None:
    for name in ("a_b-1.0.dist-info", "c-2.0+local.dist-info", "c", "egg.egg-info"):
        (tmp_path / name).mkdir()
    assert distributions(str(tmp_path)) == ["a_b==1.0", "c==2.0+local"]
    assert distributions(str(tmp_path / "none")) == []
