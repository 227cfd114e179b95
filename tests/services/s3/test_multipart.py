"""Multipart uploads. Oracle: recorded answers of AWS (`test_complete_multipart_*`, `test_multipart_*`, `test_get_object_part*`,
`test_list_parts_*`) and the API reference."""

from __future__ import annotations

import base64
import hashlib
import io
import zlib

import pytest
from boto3.s3.transfer import TransferConfig

MIB = 1 << 20
FIVE = 5 * MIB


def upload(s3, bucket, key, bodies, **options):
    """Create an upload and fill it; its id and the parts to complete it with."""
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key=key, **options)["UploadId"]
    algorithm = {name: options[name] for name in ("ChecksumAlgorithm",) if name in options}
    parts = []
    for number, body in enumerate(bodies, 1):
        answer = s3.upload_part(
            Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=body, **algorithm
        )
        sums = (
            {k: v for k, v in answer.items() if k.startswith("Checksum")}
            if options.get("ChecksumAlgorithm")
            else {}
        )
        parts.append({"PartNumber": number, "ETag": answer["ETag"], **sums})
    return upload_id, parts


def complete(s3, bucket, key, upload_id, parts, **options):
    return s3.complete_multipart_upload(
        Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}, **options
    )


def test_parts_become_one_object(s3, bucket):
    bodies = [b"a" * FIVE, b"b" * FIVE, b"test content 123"]
    upload_id, parts = upload(s3, bucket, "k", bodies, Metadata={"m": "1"}, ContentType="text/plain")
    answer = complete(s3, bucket, "k", upload_id, parts)
    digests = b"".join(hashlib.md5(body).digest() for body in bodies)
    assert answer["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-3"'
    assert answer["ChecksumType"] == "FULL_OBJECT"
    assert answer["Location"].endswith("/bucket/k")
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == b"".join(bodies)
    assert (got["Metadata"], got["ContentType"], got["ETag"]) == ({"m": "1"}, "text/plain", answer["ETag"])
    part = s3.get_object(Bucket=bucket, Key="k", PartNumber=3)
    assert (part["Body"].read(), part["PartsCount"]) == (b"test content 123", 3)
    assert part["ContentRange"] == f"bytes {2 * FIVE}-{2 * FIVE + 15}/{2 * FIVE + 16}"


def test_managed_transfers_up_and_down(s3, bucket):
    body = bytes(i % 249 for i in range(13 * MIB + 7))
    config = TransferConfig(multipart_threshold=FIVE, multipart_chunksize=FIVE, max_concurrency=2)
    s3.upload_fileobj(io.BytesIO(body), bucket, "big", Config=config)
    assert s3.head_object(Bucket=bucket, Key="big")["ETag"].endswith('-3"')
    out = io.BytesIO()
    s3.download_fileobj(bucket, "big", out, Config=config)
    assert out.getvalue() == body
    s3.copy({"Bucket": bucket, "Key": "big"}, bucket, "copy", Config=config)
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == body


def test_completing_again_answers_the_same(s3, bucket, refused):
    upload_id, parts = upload(s3, bucket, "k", [b"x"])
    first = complete(s3, bucket, "k", upload_id, parts)
    s3.put_object(Bucket=bucket, Key="k", Body=b"newer")
    again = complete(s3, bucket, "k", upload_id, parts)
    assert again["ETag"] == first["ETag"]
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"newer"
    with refused("NoSuchUpload", 404):
        s3.list_parts(Bucket=bucket, Key="k", UploadId=upload_id)


def test_the_first_parts_are_at_least_5_mib(s3, bucket, refused):
    upload_id, parts = upload(s3, bucket, "k", [b"test", b"rest"])
    with refused("EntityTooSmall", 400) as refusal:
        complete(s3, bucket, "k", upload_id, parts)
    expected = {"ProposedSize": "4", "MinSizeAllowed": "5242880", "PartNumber": "1"}
    assert {name: refusal.error[name] for name in expected} == expected
    assert refusal.error["ETag"] == hashlib.md5(b"test").hexdigest()


def test_parts_must_be_what_was_uploaded(s3, bucket, refused):
    upload_id, parts = upload(s3, bucket, "k", [b"x"])
    wrong = [{"PartNumber": 2, "ETag": parts[0]["ETag"]}], [{"PartNumber": 1, "ETag": '"abc"'}]
    for bad in wrong:
        with refused("InvalidPart", 400) as refusal:
            complete(s3, bucket, "k", upload_id, bad)
        assert refusal.error["UploadId"] == upload_id
    with refused("InvalidRequest", 400) as refusal:
        complete(s3, bucket, "k", upload_id, [])
    assert refusal.error["Message"] == "You must specify at least one part"
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="k")


def test_parts_must_be_in_order(s3, bucket, refused):
    upload_id, parts = upload(s3, bucket, "k", [b"x", b"y"])
    with refused("InvalidPartOrder", 400):
        complete(s3, bucket, "k", upload_id, parts[::-1])


@pytest.mark.parametrize("number", [0, -1, 10_001])
def test_part_numbers(s3, bucket, refused, number):
    upload_id, _ = upload(s3, bucket, "k", [])
    with refused("InvalidArgument", 400) as refusal:
        s3.upload_part(Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=number, Body=b"")
    assert refusal.error["Message"] == "Part number must be an integer between 1 and 10000, inclusive"


@pytest.mark.parametrize("number", [0, -1, 10_001])
def test_part_numbers_of_what_is_read(s3, bucket, refused, number):
    # GetObject: "This is a positive integer between 1 and 10,000".
    s3.put_object(Bucket=bucket, Key="k", Body=b"whole")
    with refused("InvalidArgument", 400):
        s3.get_object(Bucket=bucket, Key="k", PartNumber=number)


def test_a_part_may_be_sent_again(s3, bucket):
    upload_id, _ = upload(s3, bucket, "k", [b"old"])
    etag = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=1, Body=b"new")["ETag"]
    complete(s3, bucket, "k", upload_id, [{"PartNumber": 1, "ETag": etag}])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"new"


def test_the_announced_size_is_held_to(s3, bucket, refused):
    upload_id, parts = upload(s3, bucket, "k", [b"test"])
    with refused("InvalidRequest", 400) as refusal:
        complete(s3, bucket, "k", upload_id, parts, MpuObjectSize=5)
    assert refusal.error["Message"] == (
        "The provided 'x-amz-mp-object-size' header value 5 does not match what was computed: 4"
    )
    complete(s3, bucket, "k", upload_id, parts, MpuObjectSize=4)


def test_aborted_uploads_are_gone(s3, bucket, refused, platform):
    upload_id, parts = upload(s3, bucket, "k", [b"x" * 100_000])
    assert (
        s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload_id)["ResponseMetadata"][
            "HTTPStatusCode"
        ]
        == 204
    )
    for call in (
        lambda: s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload_id),
        lambda: s3.upload_part(Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=1, Body=b""),
        lambda: complete(s3, bucket, "k", upload_id, parts),
        lambda: s3.list_parts(Bucket=bucket, Key="k", UploadId="fakeid"),
    ):
        with refused("NoSuchUpload", 404):
            call()
    with platform.store.read() as tx:
        assert tx.sql("SELECT COUNT(*) FROM s3_garbage") == [(1,)]


def test_parts_are_listed_by_pages(s3, bucket):
    upload_id, _ = upload(s3, bucket, "k", [b"1", b"22", b"333"])
    first = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload_id, MaxParts=2)
    assert [(p["PartNumber"], p["Size"]) for p in first["Parts"]] == [(1, 1), (2, 2)]
    assert (first["IsTruncated"], first["NextPartNumberMarker"], first["PartNumberMarker"]) == (True, 2, 0)
    second = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload_id, PartNumberMarker=2)
    assert [(p["PartNumber"], p["Size"]) for p in second["Parts"]] == [(3, 3)]
    assert not second["IsTruncated"]


def test_uploads_are_listed_in_order(s3, bucket, clock):
    ids = []
    for key in ("b", "a", "b", "c/1", "c/2"):
        ids.append(s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"])
        clock.advance(1)
    whole = s3.list_multipart_uploads(Bucket=bucket)
    assert [(u["Key"], u["UploadId"]) for u in whole["Uploads"]] == [
        ("a", ids[1]), ("b", ids[0]), ("b", ids[2]), ("c/1", ids[3]), ("c/2", ids[4])
    ]  # fmt: skip
    folded = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [p["Prefix"] for p in folded["CommonPrefixes"]] == ["c/"]
    pages = s3.get_paginator("list_multipart_uploads").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": 1}
    )
    assert [u["UploadId"] for page in pages for u in page.get("Uploads", [])] == [ids[1], ids[0], *ids[2:]]


def test_an_upload_marker_belongs_to_its_key(s3, bucket, refused):
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="a")["UploadId"]
    with refused("InvalidArgument", 400) as refusal:
        s3.list_multipart_uploads(Bucket=bucket, KeyMarker="b", UploadIdMarker=upload_id)
    assert refusal.error["Message"] == "Invalid uploadId marker"
    s3.abort_multipart_upload(Bucket=bucket, Key="a", UploadId=upload_id)
    # It may have been aborted since the last page: that is how clients clean up.
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket, KeyMarker="a", UploadIdMarker=upload_id)


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_composite_sums(s3, bucket, refused, algorithm):
    bodies = [b"a" * FIVE, b"aaaaaaaaaa"]
    new = {"CRC32": lambda b: zlib.crc32(b).to_bytes(4, "big"), "SHA1": None, "SHA256": None}[algorithm]
    new = new or (lambda b: hashlib.new(algorithm.lower(), b).digest())
    upload_id, parts = upload(s3, bucket, "k", bodies, ChecksumAlgorithm=algorithm)
    without = [{"PartNumber": p["PartNumber"], "ETag": p["ETag"]} for p in parts]
    with refused("InvalidRequest", 400) as refusal:
        complete(s3, bucket, "k", upload_id, without)
    assert refusal.error["Message"] == (
        f"The upload was created using a {algorithm.lower()} checksum. The complete request must include the "
        "checksum for each part. It was missing for part 1 in the request."
    )
    answer = complete(s3, bucket, "k", upload_id, parts)
    whole = base64.b64encode(new(b"".join(new(b) for b in bodies))).decode()
    member = f"Checksum{algorithm}"
    assert (answer[member], answer["ChecksumType"]) == (f"{whole}-2", "COMPOSITE")
    attributes = s3.get_object_attributes(
        Bucket=bucket, Key="k", ObjectAttributes=["Checksum", "ObjectParts"]
    )
    assert attributes["Checksum"][member] == whole
    assert [p["Size"] for p in attributes["ObjectParts"]["Parts"]] == [FIVE, 10]
    part = s3.head_object(Bucket=bucket, Key="k", PartNumber=2, ChecksumMode="ENABLED")
    assert part[member] == base64.b64encode(new(bodies[1])).decode()


@pytest.mark.parametrize("made", [{}, {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}])
def test_the_sum_of_the_whole_is_that_of_its_bytes(s3, bucket, made):
    bodies = [b"a" * (FIVE + 1), b"b" * (FIVE + 1), b"aaaaaaaaaa"]
    upload_id, parts = upload(s3, bucket, "k", bodies, **made)
    answer = complete(s3, bucket, "k", upload_id, parts)
    algorithm = made.get("ChecksumAlgorithm", "CRC64NVME")
    s3.put_object(Bucket=bucket, Key="whole", Body=b"".join(bodies), ChecksumAlgorithm="CRC32")
    # A copy keeps its own sum of the same bytes, made by reading them.
    copy = s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/whole", ChecksumAlgorithm=algorithm)[
        "CopyObjectResult"
    ]
    assert answer[f"Checksum{algorithm}"] == copy[f"Checksum{algorithm}"]
    assert answer["ChecksumType"] == "FULL_OBJECT"


def test_a_wrong_sum_of_the_whole_is_refused(s3, bucket, refused):
    options = {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}
    upload_id, parts = upload(s3, bucket, "k", [b"abc"], **options)
    right = base64.b64encode(zlib.crc32(b"abc").to_bytes(4, "big")).decode()
    # recorded: test_multipart_parts_checksum_exceptions_full_object; a right sum is refused without its type, too
    for value, kind in (("AAAAAA==", {"ChecksumType": "FULL_OBJECT"}), ("AAAAAA==", {}), (right, {})):
        with refused("BadDigest", 400) as refusal:
            complete(s3, bucket, "k", upload_id, parts, ChecksumCRC32=value, **kind)
        assert refusal.error["Message"] == "The crc32 you specified did not match the calculated checksum."
    with refused("InvalidRequest", 400) as refusal:
        complete(s3, bucket, "k", upload_id, parts, ChecksumType="COMPOSITE")
    assert refusal.error["Message"] == (
        "The upload was created using the FULL_OBJECT checksum mode. The complete request must use the same "
        "checksum mode."
    )


def test_a_right_sum_of_the_whole_is_taken_with_its_type(s3, bucket):
    options = {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}
    upload_id, parts = upload(s3, bucket, "k", [b"abc"], **options)
    right = base64.b64encode(zlib.crc32(b"abc").to_bytes(4, "big")).decode()
    answer = complete(s3, bucket, "k", upload_id, parts, ChecksumCRC32=right, ChecksumType="FULL_OBJECT")
    assert answer["ChecksumCRC32"] == right


def test_a_part_with_another_md5_is_refused_by_the_md5_as_given(s3, bucket, refused):
    # recorded: test_s3_invalid_content_md5, "upload-part-md5-bad-digest"
    upload_id, _ = upload(s3, bucket, "k", [])
    call = {"Bucket": bucket, "Key": "k", "UploadId": upload_id, "PartNumber": 1}
    with refused("BadDigest", 400) as refusal:
        s3.upload_part(**call, Body=b"something", ContentMD5="CYketZBSTjX8czcs3cXVlg==")
    assert refusal.error["ExpectedDigest"] == "CYketZBSTjX8czcs3cXVlg=="
    assert refusal.error["CalculatedDigest"] == "Q3uTDbhLgHnC3YBKcZNrXw=="


def test_empty_numbers_are_none(app, s3, bucket):
    # recorded: test_list_parts_empty_part_number_marker, "list-parts-empty-max-parts"
    upload_id, _ = upload(s3, bucket, "k", [b"x"])
    url = s3.generate_presigned_url("list_parts", {"Bucket": bucket, "Key": "k", "UploadId": upload_id})
    status, _, body = app.request("GET", f"{url}&max-parts=&part-number-marker=", {})
    assert (status, b"<MaxParts>1000</MaxParts>" in body) == (200, True), body


def test_a_listing_of_uploads_has_no_prefix_unless_asked(s3, bucket):
    # recorded: test_list_multiparts_next_marker
    assert "Prefix" not in s3.list_multipart_uploads(Bucket=bucket)
    assert s3.list_multipart_uploads(Bucket=bucket, Prefix="a/")["Prefix"] == "a/"


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            {"ChecksumAlgorithm": "SHA1", "ChecksumType": "FULL_OBJECT"},
            "The FULL_OBJECT checksum type cannot be used with the sha1 checksum algorithm.",
        ),
        (
            {"ChecksumType": "FULL_OBJECT"},
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
        ),
    ],
)
def test_checksum_modes_that_are_none(s3, bucket, refused, made, message):
    with refused("InvalidRequest", 400) as refusal:
        s3.create_multipart_upload(Bucket=bucket, Key="k", **made)
    assert refusal.error["Message"] == message


def test_a_part_under_another_algorithm(s3, bucket, refused):
    upload_id, _ = upload(s3, bucket, "k", [], ChecksumAlgorithm="SHA256")
    with refused("InvalidRequest", 400) as refusal:
        s3.upload_part(
            Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=1, Body=b"abc", ChecksumAlgorithm="CRC32"
        )
    assert refusal.error["Message"] == (
        "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32"
    )


def test_completing_only_what_is_not_there(s3, bucket, refused):
    upload_id, parts = upload(s3, bucket, "k", [b"x"])
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    with refused("PreconditionFailed", 412):
        complete(s3, bucket, "k", upload_id, parts, IfNoneMatch="*")


def test_completing_over_what_was_written_since_is_a_conflict(s3, bucket, refused, clock):
    """Recorded: test_multipart_if_match_with_delete."""
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"test")["ETag"]
    clock.advance(1)
    upload_id, parts = upload(s3, bucket, "k", [b"x"])
    clock.advance(1)
    s3.delete_object(Bucket=bucket, Key="k")
    with refused("NoSuchKey", 404):
        complete(s3, bucket, "k", upload_id, parts, IfMatch=etag)
    s3.put_object(Bucket=bucket, Key="k", Body=b"test")
    with refused("ConditionalRequestConflict", 409) as refusal:
        complete(s3, bucket, "k", upload_id, parts, IfMatch=etag)
    assert refusal.error["Condition"] == "If-Match"


def test_parts_may_be_copied(s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="src", Body=b"0123456789" * 10_000)
    upload_id, _ = upload(s3, bucket, "k", [])
    call = {
        "Bucket": bucket,
        "Key": "k",
        "UploadId": upload_id,
        "PartNumber": 1,
        "CopySource": f"{bucket}/src",
    }
    answer = s3.upload_part_copy(**call, CopySourceRange="bytes=2-5")
    etag = answer["CopyPartResult"]["ETag"]
    assert etag == f'"{hashlib.md5(b"2345").hexdigest()}"'
    complete(s3, bucket, "k", upload_id, [{"PartNumber": 1, "ETag": etag}])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"2345"
    upload_id, _ = upload(s3, bucket, "k", [])
    call["UploadId"] = upload_id
    with refused("InvalidArgument", 400):
        s3.upload_part_copy(**call, CopySourceRange="bytes=0-100000")
    with refused("InvalidRequest", 400) as refusal:
        s3.upload_part_copy(**call, CopySourceRange="bytes=100000-100001")
    assert refusal.error["Message"] == "The specified copy range is invalid for the source object size"
    with refused("InvalidArgument", 400):
        s3.upload_part_copy(**call, CopySourceRange="bytes=5-")
    with refused("PreconditionFailed", 412) as refusal:
        s3.upload_part_copy(**call, CopySourceIfMatch="abc")
    assert refusal.error["Condition"] == "x-amz-copy-source-If-Match"


def test_the_parts_of_a_completed_upload_are_swept_but_not_its_bytes(s3, bucket, platform, clock, loop):
    from clary.services.s3.sweep import sweep

    upload_id, parts = upload(s3, bucket, "one", [b"x" * 100_000])
    complete(s3, bucket, "one", upload_id, parts)
    upload_id, parts = upload(s3, bucket, "two", [b"y" * FIVE, b"z"])
    complete(s3, bucket, "two", upload_id, parts)
    clock.advance(61)
    assert loop.run(sweep(platform)).discarded == 2
    assert s3.get_object(Bucket=bucket, Key="one")["Body"].read() == b"x" * 100_000
    assert s3.get_object(Bucket=bucket, Key="two")["ContentLength"] == FIVE + 1
