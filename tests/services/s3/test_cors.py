"""CORS: who may read and write from a page of another origin. Oracle: recorded answers of AWS (`test_cors_*`)."""

from __future__ import annotations

import pytest

from tests.inprocess import ENDPOINT

ORIGIN = "https://localhost:4200"
NOT_ALLOWED = (
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
    "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS "
    "spec."
)
RULE = {
    "AllowedMethods": ["GET"],
    "AllowedOrigins": [ORIGIN],
    "AllowedHeaders": ["x-amz-expected-bucket-owner", "x-AMZ-server-SIDE-encryption"],
    "MaxAgeSeconds": 3000,
}
VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


@pytest.fixture
def ask(app, bucket):
    """`ask("OPTIONS", "/bucket/k", origin=..., method=..., headers=...)`: status, access-control headers, body."""

    def exchange(how, path, origin="", method="", headers=""):
        said = {
            "origin": origin,
            "access-control-request-method": method,
            "access-control-request-headers": headers,
        }
        status, found, body = app.request(how, f"{ENDPOINT}{path}", {k: v for k, v in said.items() if v})
        return (
            status,
            {k: v for k, v in found if k.startswith("access-control") or k == "vary"},
            body.decode(),
        )

    return exchange


@pytest.fixture
def ruled(s3, bucket):
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [RULE]})
    return bucket


@pytest.mark.parametrize(
    "asked",
    [
        "x-amz-expected-bucket-owner",
        "x-amz-expected-bucket-owner, x-amz-server-side-encryption",
        "X-AMZ-expected-bucket-owner,x-amz-Server-Side-Encryption",
    ],
)
def test_a_preflight_that_a_rule_lets_in(ask, ruled, asked):
    # recorded: test_cors_match_headers, "opt-get-allowed", "-diff-casing", "-no-space"
    status, headers, body = ask("OPTIONS", f"/{ruled}/k", ORIGIN, "GET", asked)
    assert (status, body) == (200, "")
    assert headers == {
        "access-control-allow-origin": ORIGIN,
        "access-control-allow-methods": "GET",
        "access-control-allow-headers": asked.lower().replace(" ", "").replace(",", ", "),
        "access-control-allow-credentials": "true",
        "access-control-max-age": "3000",
        "vary": VARY,
    }


def test_everybody_has_no_credentials(ask, s3, bucket):
    # recorded: test_cors_expose_headers
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "ExposeHeaders": ["x-amz-id-2", "etag"]}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    assert ask("OPTIONS", f"/{bucket}/k", ORIGIN, "GET")[1] == {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET",
        "access-control-expose-headers": "x-amz-id-2, etag",
        "vary": VARY,
    }


@pytest.mark.parametrize(
    ("path", "origin", "method", "asked", "kind"),
    [
        ("/bucket/k", ORIGIN, "GET", "x-amz-request-payer", "OBJECT"),
        ("/bucket/k", ORIGIN, "PUT", "", "OBJECT"),
        ("/bucket", "https://localhost", "GET", "", "BUCKET"),
    ],
)
def test_a_preflight_that_no_rule_lets_in(ask, ruled, path, origin, method, asked, kind):
    # recorded: test_cors_match_headers "opt-get-non-allowed", test_cors_options_fails_partial_origin
    status, headers, body = ask("OPTIONS", path, origin, method, asked)
    assert (status, headers) == (403, {})
    for part in (
        f"<Code>AccessForbidden</Code><Message>{NOT_ALLOWED}</Message>",
        f"<Method>{method}</Method>",
    ):
        assert part in body
    assert f"<ResourceType>{kind}</ResourceType>" in body


def test_a_preflight_without_rules_bucket_or_question(ask, bucket):
    # recorded: test_cors_http_options_non_existent_bucket
    status, _, body = ask("OPTIONS", "/missing")
    assert status == 400
    assert "<Message>Insufficient information. Origin request header needed.</Message>" in body
    status, _, body = ask("OPTIONS", "/missing", ORIGIN)
    assert status == 403
    assert "<Message>CORSResponse: Bucket not found</Message><Method>OPTIONS</Method>" in body
    # "Troubleshooting CORS" (S3 user guide)
    status, _, body = ask("OPTIONS", f"/{bucket}/k", ORIGIN, "GET")
    assert (status, "CORSResponse: CORS is not enabled for this bucket." in body) == (403, True)
    status, _, body = ask("OPTIONS", f"/{bucket}/k", ORIGIN)
    assert (status, "Invalid Access-Control-Request-Method: null" in body) == (400, True)


def test_an_answer_is_shown_to_the_pages_that_a_rule_names(app, s3, ruled):
    # recorded: test_cors_match_headers, "get-op" and "get-non-allowed-with-acl"
    s3.put_object(Bucket=ruled, Key="k", Body=b"test-cors")
    url = s3.generate_presigned_url("get_object", {"Bucket": ruled, "Key": "k"})

    def shown(**headers):
        status, found, body = app.request("GET", url, {k.replace("_", "-"): v for k, v in headers.items()})
        assert (status, body) == (200, b"test-cors")
        return {k: v for k, v in found if k.startswith("access-control")}

    assert shown(origin=ORIGIN) == {
        "access-control-allow-origin": ORIGIN,
        "access-control-allow-methods": "GET",
        "access-control-allow-credentials": "true",
        "access-control-max-age": "3000",
    }
    assert shown(origin=ORIGIN, access_control_request_headers="x-amz-request-payer") == {}
    assert shown(origin="https://evil") == {}
    assert shown() == {}


def test_refusals_are_shown_too(ask, ruled):
    status, headers, _ = ask("GET", f"/{ruled}/k", ORIGIN)
    assert (status, headers["access-control-allow-origin"]) == (403, ORIGIN)


def test_a_rule_that_no_header_can_hold_breaks_no_answer(ask, s3, bucket):
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "ExposeHeaders": ["x-\u65e5", "a\nb"]}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    for method in ("OPTIONS", "GET"):
        _, headers, _ = ask(method, f"/{bucket}/k", ORIGIN, "GET")
        assert headers["access-control-allow-origin"] == "*"
        assert headers["access-control-expose-headers"].isascii()


def test_rules_that_cannot_be_read_keep_a_page_out_and_break_no_answer(ask, s3, ruled, monkeypatch):
    def broken(*_):
        raise OSError("the disk is gone")

    s3.put_object(Bucket=ruled, Key="k", Body=b"x")
    monkeypatch.setattr("clary.services.s3.cors.allowed", broken)
    status, headers, _ = ask("GET", f"/{ruled}/k?x-id=none", ORIGIN)
    assert (status, headers) == (403, {})  # unsigned: the answer that there would be without an Origin


def test_the_method_that_a_preflight_asks_for_counts_in_every_request(ask, ruled):
    # ceph/s3-tests, test_cors_origin_response
    assert ask("PUT", f"/{ruled}/k", ORIGIN, "GET")[1]["access-control-allow-methods"] == "GET"
    assert "access-control-allow-origin" not in ask("GET", f"/{ruled}/k", ORIGIN, "PUT")[1]
