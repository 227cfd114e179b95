"""Inputs of runs, against a small S3 that checks every signature with botocore's signer."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from clary.runs.api import Input, Resources
from clary_supervisor.credentials import Credentials
from clary_supervisor.download import inflate
from clary_supervisor.s3 import S3, Away
from tests.supervisor.files import DATA, TWO
from tests.support.executors import Bench
from tests.support.stub_s3 import TOKEN, StubS3
from tests.support.waiting import until

SHOW = f'cd {DATA} && find . -type f | sort | while read f; do echo "$f=$(cat "$f")"; done'


def show(bench: Bench, s3: StubS3, item: Input, **members: Any) -> str:
    """What the program finds below the channel."""
    state = bench.run("sh", "-c", SHOW, inputs=(item,), **s3.spec(), **members)
    assert state.exit_code == 0, (state, bench.text())
    return bench.text()


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
