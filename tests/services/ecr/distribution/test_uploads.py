"""Blobs are uploaded whole and in chunks, gone on with, cancelled and mounted.

The checks are those of the OCI distribution specification 1.1 ("Pushing blobs") and of its conformance suite's workflow
"Push".
"""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from clary.plane import Platform
from tests.services.ecr.conftest import Registry, digest_of

BLOB = b"0123456789" * 30_000
EMPTY = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def rows(platform: Platform, table: str) -> int:
    with platform.store.read() as tx:
        return tx.sql(f"select count(*) from {table}")[0][0]


def files(platform: Platform) -> int:
    """How many blobs of more than 64 KiB there are, whole or not."""
    objects = platform.settings.home / "objects"
    return sum(path.is_file() for part in ("blobs", "tmp") for path in (objects / part).rglob("*"))


def begin(registry: Registry, repository: str) -> str:
    begun = registry.ask("POST", f"/v2/{repository}/blobs/uploads/")
    assert begun.status == 202
    assert begun.headers["docker-upload-uuid"]
    return begun.headers["location"]


def test_one_request_with_the_digest(registry: Registry, repository: str) -> None:
    put = registry.ask("POST", f"/v2/{repository}/blobs/uploads/?digest={digest_of(BLOB)}", BLOB)
    assert put.status == 201
    assert registry.ask("GET", put.headers["location"]).body == BLOB


def test_begin_and_put(registry: Registry, repository: str) -> None:
    put = registry.ask("PUT", f"{begin(registry, repository)}?digest={digest_of(BLOB)}", BLOB)
    assert put.status == 201
    assert put.headers["docker-content-digest"] == digest_of(BLOB)
    head = registry.ask("HEAD", put.headers["location"])
    assert (head.status, head.headers["content-length"]) == (200, str(len(BLOB)))


def test_an_empty_blob(registry: Registry, repository: str) -> None:
    put = registry.ask("PUT", f"{begin(registry, repository)}?digest={EMPTY}")
    assert put.status == 201
    assert registry.ask("GET", put.headers["location"]).body == b""


def test_chunks(registry: Registry, repository: str, platform: Platform) -> None:
    place, size = begin(registry, repository), 100_000
    for start in range(0, len(BLOB), size):
        chunk = BLOB[start : start + size]
        sent = registry.ask("PATCH", place, chunk, content_range=f"{start}-{start + len(chunk) - 1}")
        assert (sent.status, sent.headers["range"]) == (202, f"0-{start + len(chunk) - 1}")
        place = sent.headers["location"]
    put = registry.ask("PUT", f"{place}?digest={digest_of(BLOB)}")
    assert put.status == 201
    assert registry.ask("GET", put.headers["location"]).body == BLOB
    assert rows(platform, "ecr_upload") == rows(platform, "ecr_upload_part") == 0


def test_the_last_chunk_may_come_with_the_put(registry: Registry, repository: str) -> None:
    place = begin(registry, repository)
    place = registry.ask("PATCH", place, BLOB[:70_000]).headers["location"]
    put = registry.ask("PUT", f"{place}?digest={digest_of(BLOB)}", BLOB[70_000:])
    assert put.status == 201
    assert registry.ask("GET", put.headers["location"]).body == BLOB


def test_a_chunk_out_of_order_is_refused_and_the_upload_goes_on(registry: Registry, repository: str) -> None:
    place = begin(registry, repository)
    early = registry.ask("PATCH", place, BLOB[10:20], content_range="10-19")
    assert (early.status, early.code) == (416, "BLOB_UPLOAD_INVALID")
    assert registry.ask("PATCH", place, BLOB[:10], content_range="0-9").status == 202
    assert registry.ask("PATCH", place, BLOB[:10], content_range="0-9").status == 416
    status = registry.ask("GET", place)
    assert (status.status, status.headers["range"]) == (204, "0-9")
    assert registry.ask("PATCH", status.headers["location"], BLOB[10:], content_range=f"10-{len(BLOB) - 1}")
    assert registry.ask("PUT", f"{place}?digest={digest_of(BLOB)}").status == 201


@pytest.mark.parametrize("said", ["0-8", "0-10"])
def test_a_chunk_of_another_size_than_said_leaves_nothing(
    registry: Registry, repository: str, said: str
) -> None:
    place = begin(registry, repository)
    sent = registry.ask("PATCH", place, BLOB[:10], content_range=said)
    assert (sent.status, sent.code) == (400, "SIZE_INVALID")
    assert registry.ask("GET", place).headers["range"] == "0-0"


def test_a_digest_that_is_not_that_of_the_bytes_leaves_nothing(
    registry: Registry, repository: str, platform: Platform
) -> None:
    place = registry.ask("PATCH", begin(registry, repository), BLOB).headers["location"]
    lie = digest_of(b"something else")
    put = registry.ask("PUT", f"{place}?digest={lie}")
    assert (put.status, put.code) == (400, "DIGEST_INVALID")
    assert registry.ask("HEAD", f"/v2/{repository}/blobs/{lie}").status == 404
    assert registry.ask("GET", place).status == 404
    assert rows(platform, "ecr_layer") == rows(platform, "ecr_upload_part") == 0
    assert rows(platform, "ecr_garbage") == 1


def test_a_digest_of_another_kind_is_refused(registry: Registry, repository: str) -> None:
    place = begin(registry, repository)
    for said in ("", "sha256:abc", f"sha512:{hashlib.sha512(BLOB).hexdigest()}", "../../x"):
        assert registry.ask("PUT", f"{place}?digest={said}", BLOB).code == "DIGEST_INVALID"
        assert registry.ask("GET", f"/v2/{repository}/blobs/{said or 'x'}").status in (400, 404)


def test_cancel(registry: Registry, repository: str, platform: Platform) -> None:
    place = registry.ask("PATCH", begin(registry, repository), BLOB).headers["location"]
    assert registry.ask("DELETE", place).status == 204
    gone = registry.ask("GET", place)
    assert (gone.status, gone.code) == (404, "BLOB_UPLOAD_UNKNOWN")
    assert rows(platform, "ecr_upload_part") == 0


def test_an_upload_is_of_its_repository(ecr: Any, registry: Registry, repository: str) -> None:
    ecr.create_repository(repositoryName="other")
    place = begin(registry, repository).replace(repository, "other")
    assert registry.ask("PATCH", place, BLOB).status == 404
    assert registry.ask("PUT", f"{place}?digest={digest_of(BLOB)}", BLOB).status == 404


def test_the_same_bytes_are_kept_once(
    ecr: Any, registry: Registry, repository: str, platform: Platform
) -> None:
    ecr.create_repository(repositoryName="other")
    for name in (repository, "other", "other"):
        registry.push_blob(name, BLOB)
    with platform.store.read() as tx:
        assert tx.sql("select count(*), count(distinct place) from ecr_layer") == [(2, 1)]
    for name in (repository, "other"):
        assert registry.ask("GET", f"/v2/{name}/blobs/{digest_of(BLOB)}").body == BLOB


def mount(registry: Registry, to: str, source: str) -> int:
    return registry.ask("POST", f"/v2/{to}/blobs/uploads/?mount={digest_of(BLOB)}&from={source}").status


def test_mounting_is_on_where_the_account_says_so(ecr: Any, registry: Registry, repository: str) -> None:
    """ "Blob mounting in Amazon ECR": off until PutAccountSetting."""
    ecr.create_repository(repositoryName="other")
    registry.push_blob(repository, BLOB)
    assert mount(registry, "other", repository) == 202
    assert ecr.get_account_setting(name="BLOB_MOUNTING")["value"] == "DISABLED"
    ecr.put_account_setting(name="BLOB_MOUNTING", value="ENABLED")
    assert mount(registry, "other", "none") == 202
    assert registry.ask("HEAD", f"/v2/other/blobs/{digest_of(BLOB)}").status == 404
    assert mount(registry, "other", repository) == 201
    assert registry.ask("GET", f"/v2/other/blobs/{digest_of(BLOB)}").body == BLOB


def test_ranges(registry: Registry, repository: str) -> None:
    where = f"/v2/{repository}/blobs/{registry.push_blob(repository, BLOB)}"
    for asked, start, end in (
        ("bytes=0-9", 0, 10),
        ("bytes=299990-", 299_990, 300_000),
        ("bytes=-5", 299_995, 300_000),
    ):
        got = registry.ask("GET", where, range=asked)
        assert (got.status, got.body) == (206, BLOB[start:end])
        assert got.headers["content-range"] == f"bytes {start}-{end - 1}/{len(BLOB)}"
    assert registry.ask("GET", where, range=f"bytes={len(BLOB)}-").status == 416
    for asked in ("bytes=5-2", "lines=1-2", "bytes=1-2,4-5"):
        assert registry.ask("GET", where, range=asked).status == 200


def test_what_is_not_there(registry: Registry, repository: str) -> None:
    none = digest_of(b"none")
    got = registry.ask("GET", f"/v2/{repository}/blobs/{none}")
    assert (got.status, got.code) == (404, "BLOB_UNKNOWN")
    assert registry.ask("HEAD", f"/v2/{repository}/blobs/{none}").status == 404
    for method, path in (("POST", "blobs/uploads/"), ("GET", f"blobs/{none}"), ("GET", "tags/list")):
        answer = registry.ask(method, f"/v2/none/{path}")
        assert (answer.status, answer.code) == (404, "NAME_UNKNOWN")
    bad = registry.ask("POST", "/v2/Bad_/blobs/uploads/")
    assert (bad.status, bad.code) == (400, "NAME_INVALID")
    assert registry.ask("DELETE", f"/v2/{repository}/blobs/{none}").status == 405
    assert registry.ask("GET", "/v2/what").status == 404
