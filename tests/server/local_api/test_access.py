"""Who reaches the platform's own API: its own host names, no page of a browser, a signature made for it
(docs/reference/local-api.md)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.auth import S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from clary.wire.hosts import host_of
from tests.conftest import ROOT_KEY, ROOT_SECRET
from tests.inprocess import ENDPOINT, InProcess

ROOT = Credentials(ROOT_KEY, ROOT_SECRET)
NEW = {"account": "999988887777", "access_key_id": "AKIANEWNEWNEWNEWNEWN", "secret_access_key": "s" * 40}


def test_health_needs_no_signature(app: InProcess) -> None:
    status, _, said = app.request("GET", f"{ENDPOINT}/_clary/health", {})
    assert (status, json.loads(said)["status"]) == (200, "ok")


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:4566", "127.0.0.1:4566", "[::1]:4566", "192.0.2.7", "LOCALHOST.:4566"]
)
def test_it_is_on_the_platforms_own_names(app: InProcess, host: str) -> None:
    assert app.request("GET", f"{ENDPOINT}/_clary/health", {"host": host})[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "bucket.localhost:4566",
        "s3.amazonaws.com",
        "127.0.0.1.evil.example",
        "",
        "localhost.evil.example",
    ],
)
@pytest.mark.parametrize("path", ["health", "status", "events", "accounts", "reset"])
def test_another_hosts_name_leads_elsewhere(app: InProcess, host: str, path: str) -> None:
    """A name that a stranger's page has pointed at this machine (DNS rebinding), or a bucket in the host's name."""
    method = "GET" if path in ("health", "status", "events") else "POST"
    status, _, said = app.request(method, f"{ENDPOINT}/_clary/{path}", {"host": host})
    assert status >= 400
    assert b"services" not in said


def test_a_bucket_in_the_host_may_have_such_keys(app: InProcess, client: Callable[..., Any]) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="notes")
    s3.put_object(Bucket="notes", Key="_clary/health", Body=b"mine")
    request = AWSRequest("GET", "http://notes.localhost:4566/_clary/health")
    S3SigV4QueryAuth(ROOT, "s3", "us-east-1", expires=60).add_auth(request)
    status, _, said = app.request("GET", request.url, {"host": "notes.localhost:4566"})
    assert (status, said) == (200, b"mine")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ENDPOINT},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("GET", "health"), ("GET", "status"), ("POST", "reset")])
def test_a_page_in_a_browser_is_refused(
    app: InProcess, headers: dict[str, str], method: str, path: str
) -> None:
    request = AWSRequest(method, f"{ENDPOINT}/_clary/{path}")
    SigV4Auth(ROOT, "clary", "us-east-1").add_auth(request)
    status, answered, said = app.request(method, request.url, dict(request.headers.items()) | headers)
    assert (status, json.loads(said)["code"]) == (403, "AccessDenied")
    assert not [name for name, _ in answered if name.lower().startswith("access-control-")]


def test_an_address_that_a_person_typed_is_answered(app: InProcess) -> None:
    assert app.request("GET", f"{ENDPOINT}/_clary/health", {"sec-fetch-site": "none"})[0] == 200


def _status(app: InProcess, request: AWSRequest, **headers: str) -> tuple[int, str]:
    found = dict(request.headers.items()) | {name.replace("_", "-"): value for name, value in headers.items()}
    status, _, said = app.request(request.method, request.url, found, request.data or b"")
    return status, json.loads(said).get("code", "")


def test_a_signature_in_the_header_for_this_api_is_taken(app: InProcess) -> None:
    request = AWSRequest("GET", f"{ENDPOINT}/_clary/status")
    SigV4Auth(ROOT, "clary", "us-east-1").add_auth(request)
    assert _status(app, request) == (200, "")


@pytest.mark.parametrize("service", ["s3", "sts", "iam", "execute-api", "sagemaker"])
def test_a_signature_for_another_service_is_refused(app: InProcess, service: str) -> None:
    request = AWSRequest("GET", f"{ENDPOINT}/_clary/status")
    SigV4Auth(ROOT, service, "us-east-1").add_auth(request)
    assert _status(app, request) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize("auth", [SigV4QueryAuth, S3SigV4QueryAuth])
@pytest.mark.parametrize("service", ["clary", "s3"])
def test_a_presigned_url_is_refused(app: InProcess, auth: Any, service: str) -> None:
    request = AWSRequest("GET", f"{ENDPOINT}/_clary/status")
    auth(ROOT, service, "us-east-1", expires=60).add_auth(request)
    assert _status(app, request) == (403, "AccessDenied")


def test_presigned_parameters_beside_a_header_are_refused(app: InProcess) -> None:
    request = AWSRequest("GET", f"{ENDPOINT}/_clary/status?X-Amz-Signature=0&x=1")
    SigV4Auth(ROOT, "clary", "us-east-1").add_auth(request)
    assert _status(app, request) == (400, "IncompleteSignatureException")


def test_a_body_that_was_not_signed_is_refused(app: InProcess) -> None:
    body = json.dumps(NEW).encode()
    request = AWSRequest("POST", f"{ENDPOINT}/_clary/accounts", data=body)
    request.headers["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"
    auth = SigV4Auth(ROOT, "clary", "us-east-1")
    auth.payload = lambda _: "UNSIGNED-PAYLOAD"
    auth.add_auth(request)
    assert _status(app, request) == (403, "AccessDenied")


def test_a_body_that_was_changed_is_refused(app: InProcess) -> None:
    request = AWSRequest("POST", f"{ENDPOINT}/_clary/accounts", data=b"{}")
    SigV4Auth(ROOT, "clary", "us-east-1").add_auth(request)
    request.data = json.dumps(NEW).encode()
    status, code = _status(app, request)
    assert (status, "Signature" in code) == (403, True)


def test_nobody_is_told_what_there_is(app: InProcess) -> None:
    for method, path in (("GET", "status"), ("POST", "accounts"), ("POST", "reset")):
        status, code = _status(app, AWSRequest(method, f"{ENDPOINT}/_clary/{path}"))
        assert (status, code) == (403, "MissingAuthenticationToken")


def test_an_unknown_path_is_not_found(app: InProcess) -> None:
    assert app.request("GET", f"{ENDPOINT}/_clary/nothing", {})[0] == 404


@pytest.mark.parametrize(
    ("authority", "host"),
    [("a:1", "a"), ("[::1]:80", "::1"), ("[::1", "::1"), ("A.b.", "a.b"), ("", ""), (":80", "")],
)
def test_the_host_of_an_authority(authority: str, host: str) -> None:
    assert host_of(authority) == host
