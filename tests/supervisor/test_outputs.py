"""Outputs of runs: what is sent, when, and what is said where it cannot be."""

from __future__ import annotations

import io
import tarfile

from clary.runs.api import Input, Output
from tests.supervisor.files import TWO
from tests.support.executors import Bench
from tests.support.stub_s3 import StubS3
from tests.support.waiting import until

# outputs ----------------------------------------------------------------------------------------------------------
MODEL = Output("/opt/ml/model", "s3://out/j/output/model.tar.gz", form="tar.gz")


def unpacked(data: bytes | None) -> dict[str, bytes]:
    assert data is not None
    with tarfile.open(fileobj=io.BytesIO(data)) as made:
        return {m.name: made.extractfile(m).read() for m in made if m.isreg()}  # type: ignore[union-attr]


def test_models_of_all_hosts_are_one_archive(bench: Bench, s3: StubS3) -> None:
    script = (
        "cd /opt/ml/model; mkdir d; echo $HOSTNAME >d/$HOSTNAME; echo $HOSTNAME >both; ln -s /etc/passwd l"
    )
    state = bench.run("sh", "-c", script, hosts=TWO, outputs=(MODEL,), **s3.spec())
    assert (state.exit_code, state.reason) == (0, ""), state
    data = s3.get(MODEL.target)
    assert unpacked(data) == {"d/algo-1": b"algo-1\n", "d/algo-2": b"algo-2\n", "both": b"algo-2\n"}
    assert [name for name, _ in state.steps] == ["Running", "Uploading"]
    bench.run("sh", "-c", f"sleep 0.01; {script}", run_id="again", hosts=TWO, outputs=(MODEL,), **s3.spec())
    assert s3.get(MODEL.target) == data


def test_an_empty_model_is_an_archive_all_the_same(bench: Bench, s3: StubS3) -> None:
    skipped = Output("/opt/ml/output/data", "s3://out/output.tar.gz", form="tar.gz", skip_empty=True)
    bench.run("true", outputs=(MODEL, skipped), **s3.spec())
    assert unpacked(s3.get(MODEL.target)) == {}
    assert s3.get(skipped.target) is None


def test_a_failed_run_gives_only_what_is_always_given(bench: Bench, s3: StubS3) -> None:
    always = Output("/opt/ml/output/data", "s3://out/output.tar.gz", form="tar.gz", when="always")
    state = bench.run(
        "sh", "-c", "echo x >/opt/ml/output/data/x; exit 2", outputs=(MODEL, always), **s3.spec()
    )
    assert state.exit_code == 2
    assert s3.keys("out") == ["output.tar.gz"]


def test_a_stopped_run_gives_its_model_where_asked(bench: Bench, s3: StubS3) -> None:
    kept = Output("/opt/ml/model", "s3://out/model.tar.gz", form="tar.gz", when="end-or-stopped")
    bench.begin("echo x >/opt/ml/model/x; echo up; sleep 60", outputs=(MODEL, kept), **s3.spec())
    bench.says("up")
    bench.executor.stop("r", grace=10)
    state = bench.end()
    assert (state.reason, state.exit_code) == ("stopped", -15)
    assert s3.keys("out") == ["model.tar.gz"]


def test_files_go_below_their_prefix_and_links_do_not_go(bench: Bench, s3: StubS3) -> None:
    script = "cd /opt/ml/output/data; mkdir -p d/e; echo 1 >a; echo 2 >d/e/b; ln -s /etc/passwd l; ln -s /etc m; mkfifo f"
    state = bench.run("sh", "-c", script, outputs=(Output("/opt/ml/output/data", "s3://out/p"),), **s3.spec())
    assert state.exit_code == 0
    assert s3.keys("out") == ["p/a", "p/d/e/b"]


def test_an_output_whose_folder_became_a_link_gives_nothing(bench: Bench, s3: StubS3) -> None:
    script = "cd /opt/ml/output; rmdir data; ln -s /etc data"
    bench.run("sh", "-c", script, outputs=(Output("/opt/ml/output/data", "s3://out/p"),), **s3.spec())
    assert s3.keys("out") == []


def test_a_large_file_goes_in_parts(bench: Bench, s3: StubS3) -> None:
    script = "head -c 70000000 /dev/zero >/opt/ml/output/data/big; echo end >>/opt/ml/output/data/big"
    bench.run("sh", "-c", script, outputs=(Output("/opt/ml/output/data", "s3://out/p/"),), **s3.spec())
    data = s3.get("s3://out/p/big")
    assert data is not None
    assert (len(data), data[-4:]) == (70_000_004, b"end\n")
    assert sum("partNumber" in path for _, path in s3.requests) == 5


def test_a_refused_upload_is_a_reason_beside_the_exit_code(bench: Bench, s3: StubS3) -> None:
    s3.denied.add("out")
    state = bench.run("true", outputs=(MODEL,), **s3.spec())
    assert (state.exit_code, state.reason) == (0, "upload")
    assert state.detail == "ClientError: Artifact upload failed:AccessDenied (403): Access Denied"


def test_continuous_outputs_go_while_the_program_runs(bench: Bench, s3: StubS3) -> None:
    output = Output("/opt/ml/output/tensors", "s3://out/t", when="continuous")
    script = "mkdir -p /opt/ml/output/tensors; cd /opt/ml/output/tensors; echo 1 >a; read x <../go; echo 2 >a; echo 3 >b"
    bench.begin(f"mkfifo /opt/ml/output/go; {script}; exit 1", outputs=(output,), **s3.spec())
    until(lambda: s3.get("s3://out/t/a") == b"1\n")
    (bench.home / "runs/r/hosts/algo-1/ml/output/go").write_text("go\n")
    assert bench.end().exit_code == 1
    assert (s3.get("s3://out/t/a"), s3.get("s3://out/t/b")) == (b"2\n", b"3\n")


def test_checkpoints_come_in_and_go_out_with_their_marks(bench: Bench, s3: StubS3) -> None:
    s3.put("s3://c/p/old", b"old")
    there = "/opt/ml/checkpoints"
    script = (
        f"cd {there}; cat old; echo new >new; while ! [ -e new.sagemaker-uploaded ]; do sleep 0.01; done; "
        "rm new; while [ -e new.sagemaker-uploaded ]; do sleep 0.01; done; ls"
    )
    state = bench.run(
        "sh",
        "-c",
        script,
        inputs=(Input(there, "s3://c/p/", required=False),),
        outputs=(Output(there, "s3://c/p/", when="continuous"),),
        **s3.spec(),
    )
    assert state.exit_code == 0
    assert bench.text() == "oldold\n"
    assert s3.keys("c") == ["p/new", "p/old"]
    assert ("PUT", "/c/p/old") not in s3.requests
