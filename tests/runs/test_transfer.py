"""Inputs and outputs of runs, against a small S3 that checks every signature with botocore's signer.

Rules from AWS's developer guide as summed up in the container contract: S3Prefix is a string prefix, ShardedByS3Key,
ManifestFile, model.tar.gz unpacked, hosts merged into one archive, checkpoints marked as they go.
"""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
from typing import Any

import pytest

from clary.runs.api import Host, Input, Output, Resources
from clary_supervisor.credentials import Credentials
from clary_supervisor.download import inflate
from clary_supervisor.s3 import S3, Away
from tests.runs.conftest import Bench
from tests.runs.stub_s3 import TOKEN, StubS3
from tests.support.waiting import until

TWO = (Host("algo-1"), Host("algo-2"))
DATA = "/opt/ml/input/data/train"
SHOW = f'cd {DATA} && find . -type f | sort | while read f; do echo "$f=$(cat "$f")"; done'


def show(bench: Bench, s3: StubS3, item: Input, **members: Any) -> str:
    """What the program finds below the channel."""
    state = bench.run("sh", "-c", SHOW, inputs=(item,), **s3.spec(), **members)
    assert state.exit_code == 0, (state, bench.text())
    return bench.text()


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


# inputs -----------------------------------------------------------------------------------------------------------
def test_a_prefix_keeps_what_follows_it(bench: Bench, s3: StubS3) -> None:
    for key in ("train/a b.csv", "train/d/ü+%.csv", "train/", "other/x"):
        s3.put(f"s3://b/{key}", key.encode())
    s3.page = 1
    assert (
        show(bench, s3, Input(DATA, "s3://b/train/"))
        == "./a b.csv=train/a b.csv\n./d/ü+%.csv=train/d/ü+%.csv\n"
    )
    assert [name for name, _ in bench.executor.inspect("r").steps] == ["Downloading", "Running"]


def test_a_prefix_is_a_string_and_names_stay_whole(bench: Bench, s3: StubS3) -> None:
    s3.put("s3://b/p/part-0", b"0")
    s3.put("s3://b/p/part-1/x", b"1")
    assert show(bench, s3, Input(DATA, "s3://b/p/part-")) == "./part-0=0\n./part-1/x=1\n"


def test_a_folder_without_its_slash_and_a_whole_key(bench: Bench, s3: StubS3) -> None:
    s3.put("s3://b/train/a", b"1")
    assert show(bench, s3, Input(DATA, "s3://b/train")) == "./a=1\n"
    bench.executor.forget("r")
    assert show(bench, s3, Input(DATA, "s3://b/train/a")) == "./a=1\n"


def test_one_object_by_its_base_name(bench: Bench, s3: StubS3) -> None:
    s3.put("s3://b/deep/er/a.csv", b"1")
    s3.put("s3://b/deep/er/a.csv2", b"2")
    assert show(bench, s3, Input(DATA, "s3://b/deep/er/a.csv", kind="object")) == "./a.csv=1\n"


def test_a_manifest_names_its_objects(bench: Bench, s3: StubS3) -> None:
    for key in ("a", "d/b", "c"):
        s3.put(f"s3://b/p/{key}", key.encode())
    s3.put("s3://m/manifest", json.dumps([{"prefix": "s3://b/p/"}, "a", "d/b"]).encode())
    assert show(bench, s3, Input(DATA, "s3://m/manifest", kind="manifest")) == "./a=a\n./d/b=d/b\n"


@pytest.mark.parametrize("text", [b"no json", b"[]", b'{"a": 1}', b'["x"]'])
def test_a_broken_manifest_is_the_clients_error(bench: Bench, s3: StubS3, text: bytes) -> None:
    s3.put("s3://m/manifest", text)
    state = bench.run("true", inputs=(Input(DATA, "s3://m/manifest", kind="manifest"),), **s3.spec())
    assert state.reason == "download"
    assert state.detail.startswith("ClientError: the manifest")


def test_sharding_deals_objects_in_key_order(bench: Bench, s3: StubS3) -> None:
    for key in "abcde":
        s3.put(f"s3://b/t/{key}", key.encode())
    show(bench, s3, Input(DATA, "s3://b/t/", sharded=True), hosts=TWO)
    assert bench.text(host="algo-1") == "./a=a\n./c=c\n./e=e\n"
    assert bench.text(host="algo-2") == "./b=b\n./d=d\n"


def test_gzip_is_undone(bench: Bench, s3: StubS3) -> None:
    s3.put("s3://b/t/a.csv.gz", gzip.compress(b"one") + gzip.compress(b"two"))
    assert show(bench, s3, Input(DATA, "s3://b/t/", gunzip=True)) == "./a.csv=onetwo\n"


def test_broken_gzip_is_the_clients_error(bench: Bench, s3: StubS3) -> None:
    s3.put("s3://b/t/a.gz", gzip.compress(b"x" * 1000)[:-12])
    state = bench.run("true", inputs=(Input(DATA, "s3://b/t/", gunzip=True),), **s3.spec())
    assert (state.reason, state.exits) == ("download", ())
    assert "ClientError: Data download failed:" in state.detail


def test_gzip_of_many_times_the_volume_is_refused(bench: Bench, s3: StubS3) -> None:
    s3.put("s3://b/t/a.gz", gzip.compress(bytes(200 << 20), 9))
    state = bench.run(
        "true",
        inputs=(Input(DATA, "s3://b/t/", gunzip=True),),
        resources=Resources(volume=1 << 20),
        **s3.spec(),
    )
    assert (state.reason, state.exits) == ("disk", ())
    assert "no space left" in state.detail


def test_gzip_is_undone_in_small_pieces() -> None:
    data = bytes(50 << 20) + b"end"
    packed = gzip.compress(data) + gzip.compress(b"and more")
    pieces = list(inflate(iter([packed[:1000], packed[1000:]])))
    assert b"".join(pieces) == data + b"and more"
    assert max(map(len, pieces)) <= 1 << 20


def test_missing_data_is_said_in_awss_words(bench: Bench, s3: StubS3) -> None:
    state = bench.run("true", inputs=(Input(DATA, "s3://b/none/"),), **s3.spec())
    assert (state.phase, state.reason, state.exits) == ("exited", "download", ())
    assert 'No S3 objects found under S3 URL "s3://b/none/" given in input data source' in state.detail


def test_what_is_not_required_may_be_missing(bench: Bench, s3: StubS3) -> None:
    item = Input("/opt/ml/checkpoints", "s3://b/none/", required=False)
    assert bench.run("test", "-d", "/opt/ml/checkpoints", inputs=(item,), **s3.spec()).exit_code == 0


def test_access_denied_is_said_in_awss_words(bench: Bench, s3: StubS3) -> None:
    s3.denied.add("b")
    state = bench.run("true", inputs=(Input(DATA, "s3://b/t/"),), **s3.spec())
    assert state.reason == "download"
    assert state.detail == "ClientError: Data download failed:AccessDenied (403): Access Denied"


@pytest.mark.parametrize("key", ["t/../../../evil", "t//../x"])
def test_a_key_that_climbs_is_refused(bench: Bench, s3: StubS3, key: str) -> None:
    s3.put(f"s3://b/{key}", b"x")
    state = bench.run("true", inputs=(Input(DATA, "s3://b/t/"),), **s3.spec())
    assert state.reason == "download"
    assert "illegal object key" in state.detail


def test_a_file_where_a_folder_must_be_is_refused(bench: Bench, s3: StubS3) -> None:
    s3.put("s3://b/t/a", b"x")
    s3.put("s3://b/t/a/b", b"x")
    state = bench.run("true", inputs=(Input(DATA, "s3://b/t/"),), **s3.spec())
    assert (state.phase, state.reason) == ("exited", "download")


def test_input_that_outgrows_the_volume_is_refused(bench: Bench, s3: StubS3) -> None:
    s3.put("s3://b/t/a", b"x" * 5000)
    state = bench.run(
        "true", inputs=(Input(DATA, "s3://b/t/"),), resources=Resources(volume=4000), **s3.spec()
    )
    assert state.reason == "disk"


def test_a_platform_that_is_away_is_waited_for(bench: Bench, s3: StubS3) -> None:
    s3.put("s3://b/t/a", b"1")
    s3.away.set()
    bench.begin(SHOW, inputs=(Input(DATA, "s3://b/t/"),), **s3.spec())
    until(lambda: len(s3.requests) >= 3)
    assert bench.executor.inspect("r").phase == "preparing"
    s3.away.clear()
    assert bench.end().exit_code == 0
    assert bench.text() == "./a=1\n"


def test_a_body_that_breaks_is_fetched_again(bench: Bench, s3: StubS3) -> None:
    s3.put("s3://b/t/a", b"x" * 3000)
    s3.cuts = [1000, 0, 2000, 2000]
    assert show(bench, s3, Input(DATA, "s3://b/t/")) == "./a=" + "x" * 3000 + "\n"


def test_patience_begins_anew_with_all_that_comes(s3: StubS3) -> None:
    """Else an object that takes longer to fetch than the patience is would not survive a restart of the platform."""
    s3.put("s3://b/a", b"x" * 3000)
    client = S3(
        s3.endpoint, "us-east-1", Credentials(f"{s3.endpoint}/credentials", TOKEN), 0.0, lambda: False
    )
    s3.cuts = [1000, 2000]
    assert client.read("b", "a", 9999) == b"x" * 3000
    s3.cuts = [1000, 1000]
    with pytest.raises(Away, match="1000 of 3000 bytes"):
        client.read("b", "a", 9999)


def test_credentials_that_end_on_the_way_are_fetched_anew(bench: Bench, s3: StubS3) -> None:
    s3.put("s3://b/t/a", b"1")
    s3.lives = 200.0  # less than the margin: each request fetches its own
    assert show(bench, s3, Input(DATA, "s3://b/t/")) == "./a=1\n"
    assert s3.generation >= 2


def test_a_wrong_token_is_refused_at_once(bench: Bench, s3: StubS3) -> None:
    spec = {**s3.spec(), "credentials_token": "wrong"}
    state = bench.run("true", inputs=(Input(DATA, "s3://b/t/"),), **spec)
    assert state.reason == "download"
    assert "AccessDenied (401)" in state.detail


def test_a_stop_ends_a_download(bench: Bench, s3: StubS3) -> None:
    s3.away.set()
    bench.begin("echo never", inputs=(Input(DATA, "s3://b/t/"),), **s3.spec())
    until(lambda: len(s3.requests) >= 1)
    bench.executor.stop("r")
    state = bench.end()
    assert (state.phase, state.reason, state.exits) == ("exited", "stopped", ())
    assert bench.text() == ""


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
