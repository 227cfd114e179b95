"""A refusal costs no more than the call itself."""

from __future__ import annotations

import gzip
import time
from typing import Any

from clary.kernel import FakeClock
from clary.server.http.body import Body
from clary.wire import Request
from tests.inprocess import InProcess
from tests.security.documents.sending import LIST_MODELS, MB, form, json
from tests.security.signers import Sent, by_header, by_query, by_version_2_query

IDENTITY = form(b"Action=GetCallerIdentity&Version=2011-06-15")
MODELS = json(LIST_MODELS)
OBJECT = Sent("GET", "/bucket/key")
UPLOAD = Sent("PUT", "/bucket/key", {}, b"x" * 4096)
TAGS = Sent("PUT", "/bucket?tagging", {}, b"<Tagging><TagSet/></Tagging>")


def refusals() -> dict[str, tuple[Sent, Sent]]:
    """What is refused, and the same call as it is served."""
    many = b"&a=b" * 300_000
    served = {
        "sts": by_header(IDENTITY, "sts"),
        "json": by_header(MODELS, "sagemaker"),
        "s3": by_header(OBJECT),
        "url": by_query(OBJECT),
        "url2": by_version_2_query(OBJECT),
        "upload": by_header(UPLOAD),
        "tags": by_header(TAGS),
    }
    refused = {
        "bad signature, query": ("sts", by_header(IDENTITY, "sts", secret="x")),
        "bad signature, json": ("json", by_header(MODELS, "sagemaker", secret="x")),
        "bad signature, upload": ("upload", by_header(UPLOAD, secret="x")),
        "unknown key, query": ("sts", by_header(IDENTITY, "sts", key="AKIANOBODYNOBODYNOBO")),
        "unknown key, json": ("json", by_header(MODELS, "sagemaker", key="AKIANOBODYNOBODYNOBO")),
        "unknown key, s3": ("s3", by_header(OBJECT, key="AKIANOBODYNOBODYNOBO")),
        "unknown region, query": ("sts", by_header(IDENTITY, "sts", region="nowhere")),
        "unknown region, s3": ("s3", by_header(OBJECT, region="nowhere")),
        "wrong scope, query": ("sts", by_header(IDENTITY, "iam")),
        "wrong scope, json": ("json", by_header(MODELS, "logs")),
        "wrong scope, s3": ("s3", by_header(OBJECT, "iam")),
        "token of nobody": ("sts", by_header(IDENTITY, "sts", token="t" * 500)),
        "no signature, query": ("sts", IDENTITY),
        "no signature, json": ("json", MODELS),
        "no signature, s3": ("tags", TAGS.evolve(body=b"<a/>" * 10_000)),
        "two mechanisms": ("url", by_query(OBJECT).with_headers(Authorization="x")),
        "expired, version 4": ("url", by_query(OBJECT, expires=0)),
        "expired, version 2": ("url2", by_version_2_query(OBJECT, expires=-60)),
        "no header of a signature": ("sts", IDENTITY.with_headers(Authorization="AWS4-HMAC-SHA256 x")),
        "too large, query": ("sts", by_header(IDENTITY.evolve(body=IDENTITY.body + many), "sts")),
        "too large, packed": (
            "sts",
            by_header(
                form(gzip.compress(IDENTITY.body + many * 8), Content_Encoding="gzip"), "iam", secret="x"
            ),
        ),
        "a parameter twice": (
            "url",
            by_query(OBJECT).evolve(target=by_query(OBJECT).target + "&X-Amz-Expires=9"),
        ),
    }
    return {name: (sent, served[call]) for name, (call, sent) in refused.items()}


def test_a_refusal_costs_no_more_than_the_call_itself(app: InProcess, s3: Any, clock: FakeClock) -> None:
    clock.advance(2)
    s3.put_object(Bucket="bucket", Key="key", Body=b"x")
    dear = {}
    for name, (refused, served) in refusals().items():
        assert refused.send(app)[0] >= 400, name
        assert served.send(app)[0] < 300, name
        ratio = min(cost(app, refused) / cost(app, served) for _ in range(5))
        if ratio > 1.1:  # the cheapest call and the dearest refusal are alike: both verify a signature
            dear[name] = ratio
    assert dear == {}


def cost(app: InProcess, sent: Sent, times: int = 20) -> float:
    """The processor time that the gateway's thread takes for a request."""
    gateway = app.gateway
    path, _, query = sent.target.partition("?")
    headers = {name.lower(): value for name, value in sent.headers.items()}
    headers |= {"host": "127.0.0.1:4566", "content-length": str(len(sent.body))}

    async def measure() -> float:
        requests = [
            Request(sent.method, path, query, dict(headers), body_of(sent.body)) for _ in range(times)
        ]
        began = time.thread_time()
        for request in requests:
            await gateway.answer(request, None)
        return time.thread_time() - began

    return app.loop.run(measure())


def body_of(content: bytes) -> Any:
    """As our own server hands it on: whole where it is small."""
    if len(content) <= MB:
        return content
    waiting = [{"type": "http.request", "body": content, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return waiting.pop()

    return Body(receive)
