"""A request to a function URL as the event of the function: payload format 2.0
(https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads)."""

from __future__ import annotations

import base64
import time
from typing import Any

from clary.kernel import Caller
from clary.plane.sites import Visit
from clary.services.lambda_.urls.configuration import Url

_TEXT = ("text/", "application/json", "application/javascript", "application/xml")


def event_of(visit: Visit, url: Url, body: bytes) -> dict[str, Any]:
    """Return the event of a request."""
    request = visit.request
    headers = {name: value for name, value in request.headers.items() if name != "cookie"}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": visit.raw_path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": _context(visit, url, headers),
        "isBase64Encoded": False,
    }
    if cookies := request.headers.get("cookie"):
        event["cookies"] = [cookie.strip() for cookie in cookies.split(";") if cookie.strip()]
    if query := _query(visit):
        event["queryStringParameters"] = query
    if body:
        event |= _body(body, headers.get("content-type", ""))
    return event


def _query(visit: Visit) -> dict[str, str]:
    """Return the parameters; values of one name are joined by commas."""
    found: dict[str, list[str]] = {}
    for name, value in visit.query:
        found.setdefault(name, []).append(value)
    return {name: ",".join(values) for name, values in found.items()}


def _body(body: bytes, content_type: str) -> dict[str, Any]:
    """Return a body as text, or as Base64 where its type is not one of text."""
    if content_type.startswith(_TEXT):
        try:
            return {"body": body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def _context(visit: Visit, url: Url, headers: dict[str, str]) -> dict[str, Any]:
    host, now = headers.get("host", ""), visit.ctx.now
    context: dict[str, Any] = {
        "accountId": visit.caller.account or "anonymous",
        "apiId": url.id,
        "domainName": host,
        "domainPrefix": url.id,
        "http": {
            "method": visit.request.method,
            "path": visit.raw_path,
            "protocol": "HTTP/1.1",
            "sourceIp": visit.request.client or "",
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": visit.ctx.request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "timeEpoch": int(now * 1000),
    }
    if not visit.caller.is_anonymous:
        context["authorizer"] = {"iam": _iam(visit.caller)}
    return context


def _iam(caller: Caller) -> dict[str, Any]:
    return {
        "accountId": caller.account,
        "callerId": caller.user_id,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": caller.arn,
        "userId": caller.user_id,
    }
