"""Sites over HTTP, through httpx and urllib3."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
import urllib3

from clary.access.directory import Credential
from clary.plane import Platform, Service
from clary.plane.metering import metering_of
from clary.plane.sites import Visit
from clary.plane.sites.signed import signed_for
from clary.server.options import Options
from clary.wire import Response
from tests.conftest import ACCOUNT
from tests.inprocess import InProcess
from tests.support.scratch_sites import BOUNDS, SiteServer, signed

API = b"MissingAuthenticationToken", b"AccessDenied", b"NoSuchBucket"


@pytest.fixture
def web(served: SiteServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url) as client:
        yield client


# what a handler sees ---------------------------------------------------------------------------------------------


def test_a_handler_sees_the_raw_path_and_the_decoded_segments(web: httpx.Client) -> None:
    answer = web.post("/_scratch/a%2Fb/c%20d//e%C3%A9?x=1&x=%32&y", content=b"hello")
    seen = answer.json()
    assert answer.status_code == 200
    assert seen["raw"] == "/_scratch/a%2Fb/c%20d//e%C3%A9"
    assert seen["segments"] == ["a/b", "c d", "", "eé"]
    assert seen["query"] == [["x", "1"], ["x", "2"], ["y", ""]]
    assert (seen["method"], seen["body"], seen["caller"]) == ("POST", "hello", "")


def test_the_prefix_is_one_of_whole_segments(web: httpx.Client) -> None:
    assert web.get("/_scratch").json()["segments"] == [""]
    assert web.get("/_scratch/").json()["segments"] == [""]
    for path in ("/_scratchy", "/_scratc%68/x", "/x/_scratch"):
        assert web.get(path).status_code in (403, 404), path
        assert web.get(path).headers["content-type"] == "application/xml", path


@pytest.mark.parametrize("path", ["/..", "/a/../b", "/%2e%2E/b", "/.", "/a%00", "/a%0Ab", "/%ff", "/a%7f"])
def test_a_path_with_a_trap_is_refused_before_the_handler(served: SiteServer, path: str) -> None:
    said = served.say(
        f"GET /_scratch{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    )
    assert said.startswith(b"HTTP/1.1 400 "), said
    assert json.loads(said.rpartition(b"\r\n")[2]) == {"message": "The path is not one that can be served."}


def test_labels_of_the_host_are_told_to_the_handler(web: httpx.Client) -> None:
    """Function URLs: https://<url-id>.lambda-url.<region>.on.aws (Lambda developer guide)."""
    for host in ("Ab1.lambda-url.eu-west-1.ON.aws", "ab1.lambda-url.eu-west-1.localhost.:4566"):
        seen = web.get("/any/path", headers={"host": host}).json()
        assert seen["site"] == "FunctionUrl"
        assert seen["labels"] == {"id": "ab1", "region": "eu-west-1"}


def test_a_site_in_a_region_that_is_not_there(web: httpx.Client) -> None:
    answer = web.get("/", headers={"host": "a.lambda-url.atlantis-1.on.aws"})
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (404, "NotFoundException")


# bodies ----------------------------------------------------------------------------------------------------------


def test_an_answer_may_come_part_by_part(web: httpx.Client) -> None:
    with web.stream("GET", "/_scratch/count/1000") as answer:
        assert answer.headers["transfer-encoding"] == "chunked"
        assert list(answer.iter_lines()) == [str(number) for number in range(1000)]


def test_a_body_may_be_read_part_by_part(web: httpx.Client) -> None:
    parts = (b"x" * 100_000 for _ in range(25))
    assert web.post("/_scratch/size", content=parts).text == "2500000"


def test_urllib3_keeps_its_connection(served: SiteServer) -> None:
    with urllib3.HTTPConnectionPool("127.0.0.1", served.port, maxsize=1) as pool:
        for number in range(3):
            answer = pool.request("POST", f"/_scratch/{number}", body=b"y" * 2_000_000)
            assert len(answer.json()["body"]) == 2_000_000
        assert pool.num_connections == 1


def test_a_body_that_is_too_large_is_refused(served: SiteServer, web: httpx.Client) -> None:
    answer = web.post("/_scratch/size", content=b"x" * (BOUNDS.body + 1))
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (413, "RequestEntityTooLargeException")
    answer = web.post("/_scratch/size", content=(b"x" * 100_000 for _ in range(40)))  # of no known length
    assert answer.status_code == 413


def test_a_request_with_two_lengths_is_no_request(served: SiteServer) -> None:
    """RFC 9112, 6.1: Content-Length beside Transfer-Encoding is how requests are smuggled."""
    head = b"POST /_scratch/x HTTP/1.1\r\nHost: localhost\r\n"
    inner = b"GET /_scratch/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for lengths in (
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\n\r\n",
    ):
        said = served.say(head + lengths + inner)
        assert said.startswith(b"HTTP/1.1 400 "), lengths
        assert said.count(b"HTTP/1.1 ") == 1, lengths
    assert "/_scratch/smuggled" not in served.seen


def test_what_follows_an_upgrade_is_no_request(served: SiteServer) -> None:
    """After an Upgrade nothing is HTTP, whether or not a site took it."""
    head = b"GET /_scratch/x HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    said = served.say(head + b"GET /_scratch/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 200 ")
    assert said.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in said
    assert served.seen == ["/_scratch/x"]


# who visits ------------------------------------------------------------------------------------------------------


def test_visitors_sign_as_clients_of_aws_do(served: SiteServer, web: httpx.Client) -> None:
    url = f"{served.url}/_signed/a%20b"
    answer = web.post("/_signed/a%20b", headers=signed(url, "execute-api", data=b"body"), content=b"body")
    assert (answer.status_code, answer.json()["caller"]) == (200, f"arn:aws:iam::{ACCOUNT}:root")
    assert answer.json()["body"] == "body"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"secret": "wrong"}, "InvalidSignatureException"),
        ({"key": "AKIAUNKNOWNUNKNOWN00"}, "UnrecognizedClientException"),
        ({"token": "another"}, "UnrecognizedClientException"),
        ({"region": "eu-west-1"}, "InvalidSignatureException"),
        ({"data": b"another body"}, "InvalidSignatureException"),
    ],
)
def test_a_visitor_whose_signature_does_not_hold_is_refused(
    served: SiteServer, web: httpx.Client, how: dict[str, Any], code: str
) -> None:
    headers = signed(f"{served.url}/_signed/x", "execute-api", **how)
    answer = web.post("/_signed/x", headers=headers, content=b"body")
    assert answer.status_code == 403
    assert answer.headers["x-amzn-errortype"] == code


def test_a_visitor_whose_session_is_over_is_told_so(
    served: SiteServer, web: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda's answer (cloudquery/cq-provider-aws#1171) and API Gateway's (amzn/selling-partner-api-models#2595)."""
    monkeypatch.setattr(Credential, "state", lambda self, token, now: "expired")
    answer = web.post("/_signed/x", headers=signed(f"{served.url}/_signed/x", "execute-api", token="t"))
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (403, "ExpiredTokenException")
    assert answer.json()["message"] == "The security token included in the request is expired"


def test_a_visitor_who_does_not_sign_is_refused(web: httpx.Client) -> None:
    """API Gateway's words for it."""
    answer = web.post("/_signed/x", headers={"authorization": "Bearer abc"})
    assert (answer.status_code, answer.json()) == (403, {"message": "Missing Authentication Token"})


def test_a_visitor_needs_the_right(
    served: SiteServer, web: httpx.Client, client: Callable[..., Any], app: InProcess
) -> None:
    iam = client("iam")
    iam.create_user(UserName="visitor")
    key = iam.create_access_key(UserName="visitor")["AccessKey"]

    def visit() -> httpx.Response:
        url = f"{served.url}/_signed/x"
        return web.post(url, headers=signed(url, "execute-api", key["AccessKeyId"], key["SecretAccessKey"]))

    refused = visit()
    assert refused.status_code == 403
    assert "is not authorized to perform: execute-api:Invoke" in refused.json()["message"]
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="visitor", PolicyName="p", PolicyDocument=policy)
    served.platform.authorizer.forget()  # type: ignore[attr-defined]
    assert visit().json()["caller"].endswith(":user/visitor")


def test_another_accounts_resource_needs_its_policy(
    served: SiteServer, web: httpx.Client, scratch: Service
) -> None:
    """Cross-account requests need both sides ("Policy evaluation logic", IAM User Guide): root's rights end at its account."""

    @scratch.site(path="/_foreign", verify=signed_for("execute-api"), signed_for=("execute-api",))
    async def foreign(visit: Visit) -> Response:
        await visit.authorize("execute-api:Invoke", "arn:aws:execute-api:us-east-1:999999999999:a/b")
        return Response()

    again = SiteServer(served.platform, served.loop, Options())
    answer = httpx.post(f"{again.url}/_foreign", headers=signed(f"{again.url}/_foreign", "execute-api"))
    again.stop()
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")


# failures, hooks -------------------------------------------------------------------------------------------------


def test_a_failure_tells_nothing(web: httpx.Client) -> None:
    answer = web.get("/_scratch/fail")
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})


def test_visits_are_metered_as_calls_are(web: httpx.Client, platform: Platform) -> None:
    for path in ("/_scratch/a", "/_scratch/teapot", "/_scratch/fail"):
        web.get(path)
    counted = {
        (operation.service.name, operation.name): counts
        for (_, operation, _, _), counts in metering_of(platform)._counts.items()
        if operation is not None
    }
    counts = counted["lambda", "Scratch"]
    assert (counts.calls, counts.client_errors, counts.server_errors) == (3, 1, 1)


class TestThrottled:
    """A limit for a site is said as one of an operation."""

    @pytest.fixture
    def options(self, options: Any) -> Any:
        return replace(options, throttle="lambda:Scratch=2/h")

    def test_visits_are_throttled_as_calls_are(self, web: httpx.Client) -> None:
        found = [web.get("/_scratch/a") for _ in range(3)]
        assert [answer.status_code for answer in found] == [200, 200, 429]
        assert int(found[2].headers["x-amz-retry-after"]) > 0
        assert web.get("/", headers={"host": "a.lambda-url.us-east-1.on.aws"}).status_code == 200
