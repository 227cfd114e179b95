"""Function URLs over HTTP (https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html; recorded answers of the real service,
localstack/localstack, tests/aws/services/lambda_/test_lambda.snapshot.json: test_lambda_url_invocation)."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from tests.services.lambda_.functions import Functions

_ECHO = """
import json
def handler(event, context):
    kind = event["rawPath"].strip("/")
    if kind == "integer": return 3
    if kind == "string": return "hi"
    if kind == "object": return {"hello": "world"}
    if kind == "fail": raise ValueError("no")
    if kind == "own":
        return {"statusCode": 418, "headers": {"X-Own": "1", "content-type": "text/plain"}, "cookies": ["a=1", "b=2"], "body": "dGVh", "isBase64Encoded": True}
    if kind == "evil": return {"statusCode": 200, "headers": {"x": "a\\r\\nb: c"}}
    return event
"""


def _ask(
    functions: Functions,
    url: str,
    path: str = "/",
    method: str = "GET",
    body: bytes = b"",
    headers: dict[str, str] | None = None,
) -> Any:
    """Send a request to a function URL; return status, headers, body."""
    connection = http.client.HTTPConnection("127.0.0.1", functions.live.port, timeout=20)
    sent = {
        "host": urlsplit(url).netloc,
        **(headers or {}),
    }
    connection.request(method, path, body, sent)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, answer.headers, data


@pytest.fixture(scope="module")
def echo(functions: Functions) -> str:
    """The address of a function that everybody may ask."""
    name = functions.create(_ECHO, Timeout=20)
    cors = {"AllowOrigins": ["https://page.example"], "AllowMethods": ["GET", "POST"], "MaxAge": 60}
    made = functions.client.create_function_url_config(FunctionName=name, AuthType="NONE", Cors=cors)
    functions.client.add_permission(
        FunctionName=name,
        StatementId="url",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    )
    return made["FunctionUrl"]


@pytest.mark.parametrize(
    ("path", "body"), [("/integer", b"3"), ("/string", b"hi"), ("/object", b'{"hello": "world"}')]
)
def test_a_value_becomes_the_body(functions: Functions, echo: str, path: str, body: bytes) -> None:
    status, headers, data = _ask(functions, echo, path)
    assert (status, headers["content-type"], data) == (200, "application/json", body)


def test_a_function_says_status_headers_and_cookies(functions: Functions, echo: str) -> None:
    status, headers, data = _ask(functions, echo, "/own")
    assert (status, headers["x-own"], data) == (418, "1", b"tea")
    assert headers.get_all("set-cookie") == ["a=1", "b=2"]


def test_the_event_has_payload_format_2(functions: Functions, echo: str) -> None:
    sent = {"content-type": "application/json", "cookie": "a=1; b=2"}
    _, _, data = _ask(functions, echo, "/a%20b?x=1&x=2&y=", "POST", b'{"k": 1}', sent)
    event = json.loads(data)
    assert (event["version"], event["rawPath"], event["rawQueryString"]) == ("2.0", "/a%20b", "x=1&x=2&y=")
    assert event["queryStringParameters"] == {"x": "1,2", "y": ""}
    assert (event["cookies"], event["body"], event["isBase64Encoded"]) == (["a=1", "b=2"], '{"k": 1}', False)
    about = event["requestContext"]
    assert (about["accountId"], about["http"]["method"], about["stage"]) == ("anonymous", "POST", "$default")
    assert about["domainName"] == urlsplit(echo).netloc
    _, _, data = _ask(functions, echo, "/", "POST", b"\x00\xff", {"content-type": "image/png"})
    assert (json.loads(data)["body"], json.loads(data)["isBase64Encoded"]) == ("AP8=", True)


def test_what_fails_and_what_cannot_be_sent(functions: Functions, echo: str) -> None:
    assert _ask(functions, echo, "/fail")[0::2] == (502, b"Internal Server Error")
    assert _ask(functions, echo, "/evil")[0] == 502
    other = echo.replace("https://", "https://z", 1)
    assert _ask(functions, other)[0] == 403


def test_pages_of_other_origins(functions: Functions, echo: str) -> None:
    asked = {"origin": "https://page.example", "access-control-request-method": "POST"}
    status, headers, _ = _ask(functions, echo, "/", "OPTIONS", headers=asked)
    assert (status, headers["access-control-allow-origin"]) == (200, "https://page.example")
    assert (headers["access-control-allow-methods"], headers["access-control-max-age"]) == ("GET,POST", "60")
    _, headers, _ = _ask(functions, echo, "/integer", headers={"origin": "https://page.example"})
    assert headers["access-control-allow-origin"] == "https://page.example"
    _, headers, _ = _ask(functions, echo, "/integer", headers={"origin": "https://other.example"})
    assert headers["access-control-allow-origin"] is None


def test_a_url_for_those_who_sign(functions: Functions) -> None:
    name = functions.create(_ECHO, Timeout=20)
    url = functions.client.create_function_url_config(FunctionName=name, AuthType="AWS_IAM")["FunctionUrl"]
    assert _ask(functions, url)[0] == 403
    status, _, data = _ask(functions, url, headers=_signed(functions, url))
    assert status == 200
    assert (
        json.loads(data)["requestContext"]["authorizer"]["iam"]["accountId"] == functions.role.split(":")[4]
    )


def _signed(functions: Functions, url: str) -> dict[str, str]:
    key = functions.live.client("sts")._request_signer._credentials
    request = botocore.awsrequest.AWSRequest("GET", url, headers={"host": urlsplit(url).netloc})
    botocore.auth.SigV4Auth(key, "lambda", "us-east-1").add_auth(request)
    return {name.lower(): value for name, value in request.headers.items() if name.lower() != "host"}


def test_a_url_without_a_policy_lets_nobody_in(functions: Functions) -> None:
    name = functions.create(_ECHO)
    url = functions.client.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]
    assert _ask(functions, url)[0] == 403
    functions.client.delete_function_url_config(FunctionName=name)
