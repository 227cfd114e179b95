"""What is not used is not loaded: no module of a service and no model before the first request, and then only those of the
service that is called and of what it calls (docs/decisions/0020-lazy-services.md). Looks at modules and models, not at time."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSPreparedRequest

from clary.server.assemble import assemble
from clary.server.home import Home
from clary.server.options import Options
from clary.store.api import Record
from tests.conftest import ACCOUNT, ROOT_KEY, ROOT_SECRET
from tests.support.clients import boto3_client
from tests.support.homes import fresh_home
from tests.support.images import XGBOOST
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
SCOPE = f"{ACCOUNT}/us-east-1"


class Child:
    """A platform in another process."""

    def __init__(self, part: str, home: Home) -> None:
        words = [sys.executable, "-m", "tests.services.lazy_child", part, str(home.path)]
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        self.first = self._read()

    def step(self, line: str = "look") -> dict[str, Any]:
        """Let it do one step, and return what it has loaded then."""
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._read()

    def call(self, service: str, send: Callable[[Any], Any]) -> dict[str, Any]:
        """Let it answer the request that boto3 makes of a call."""
        return self.step(json.dumps(request_of(service, send)))

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found

    def close(self) -> None:
        self._process.communicate(timeout=60)


class Caught(Exception):
    """The request is known: it need not be sent."""


def request_of(service: str, send: Callable[[Any], Any]) -> dict[str, Any]:
    """The bytes that boto3 would send."""
    caught: list[AWSPreparedRequest] = []

    def catch(request: AWSPreparedRequest, **_: Any) -> None:
        caught.append(request)
        raise Caught

    client = boto3_client(service, "http://127.0.0.1:4566", ROOT_KEY, ROOT_SECRET)
    client.meta.events.register("before-send", catch)
    try:
        with pytest.raises(Caught):
            send(client)
    finally:
        client.meta.events.unregister("before-send", catch)
    request = caught[0]
    parts = urlsplit(request.url)
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
    }
    body = request.body or b""
    whole = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else body.read()
    return {
        "method": request.method,
        "path": parts.path or "/",
        "query": parts.query,
        "headers": {"host": parts.netloc, "content-length": str(len(whole)), **headers},
        "body": base64.b64encode(whole).decode(),
    }


@pytest.fixture
def home(tmp_path: Path, options: Options) -> Home:
    return fresh_home(tmp_path / "home", options)


@pytest.fixture
def started(home: Home) -> Iterator[Callable[[str], Child]]:
    children: list[Child] = []

    def start(part: str) -> Child:
        children.append(Child(part, home))
        return children[-1]

    yield start
    for child in children:
        child.close()


def services_of(said: dict[str, Any]) -> set[str]:
    """The folders of which modules are loaded."""
    return {name.split(".")[2] for name in said["modules"]}


def only_the_directory(modules: set[str]) -> bool:
    """Keys and policies are IAM's; neither its operations nor its model are needed for them."""
    inside = all(name.startswith("clary.services.iam") for name in modules)
    return (
        inside and "clary.services.iam.directory" in modules and "clary.services.iam.service" not in modules
    )


def test_a_call_loads_its_service_and_no_other(started: Callable[[str], Child]) -> None:
    gateway = started("gateway")
    assert (gateway.first["modules"], gateway.first["models"]) == ([], [])
    found = gateway.call("s3", lambda s3: s3.create_bucket(Bucket="first"))
    assert found["status"] == 200, found["body"]
    assert found["models"] == ["s3"]
    assert services_of(found) == {"iam", "s3"}
    assert only_the_directory({name for name in found["modules"] if "iam" in name})
    assert found["on_loop"] == []


def test_two_endpoints_of_a_family_are_two_services(started: Callable[[str], Child]) -> None:
    """They share a signing name: X-Amz-Target or the path tells which is meant. The access control of both is SageMaker's."""
    gateway = started("gateway")
    found = gateway.call("sagemaker", lambda sagemaker: sagemaker.list_training_jobs())
    assert (found["status"], found["models"]) == (200, ["sagemaker"])
    found = gateway.call(
        "sagemaker-runtime", lambda runtime: runtime.invoke_endpoint(EndpointName="none", Body=b"")
    )
    assert "Endpoint none of account" in found["body"]
    assert found["models"] == ["sagemaker", "sagemaker-runtime"]
    assert found["on_loop"] == []


def test_the_service_that_knows_who_may_is_loaded_off_the_loop(started: Callable[[str], Child]) -> None:
    gateway = started("gateway")
    found = gateway.call(
        "sagemaker-runtime", lambda runtime: runtime.invoke_endpoint(EndpointName="none", Body=b"")
    )
    assert found["models"] == ["sagemaker", "sagemaker-runtime"]
    assert found["on_loop"] == []


TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


def test_what_a_transaction_needs_is_loaded_outside_of_it(started: Callable[[str], Child]) -> None:
    """CreateModel asks IAM for the role and S3 for the data, which were there before the process. Nobody else can write
    meanwhile, so they must not be loaded in the writer's thread."""
    before = started("gateway")
    stored = {"Bucket": "bucket", "Key": "model.tar.gz", "Body": b"x"}
    role = {"RoleName": "Jobs", "AssumeRolePolicyDocument": json.dumps(TRUST)}
    policy = {"RoleName": "Jobs", "PolicyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"}
    calls: list[tuple[str, Callable[[Any], Any]]] = [
        ("s3", lambda s3: s3.create_bucket(Bucket="bucket")),
        ("s3", lambda s3: s3.put_object(**stored)),
        ("iam", lambda iam: iam.create_role(**role)),
        ("iam", lambda iam: iam.attach_role_policy(**policy)),
    ]
    for service, call in calls:
        found = before.call(service, call)
        assert found["status"] == 200, found["body"]
    model = {
        "ModelName": "m",
        "ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/Jobs",
        "PrimaryContainer": {"Image": XGBOOST, "ModelDataUrl": "s3://bucket/model.tar.gz"},
    }
    found = started("gateway").call("sagemaker", lambda sagemaker: sagemaker.create_model(**model))
    assert found["status"] == 200, found["body"]
    assert {"sagemaker", "iam", "s3"} <= found["loaded_by"].keys()
    assert {name: by for name, by in found["loaded_by"].items() if not by.startswith("load-")} == {}


def test_what_nobody_may_call_is_not_loaded(started: Callable[[str], Child]) -> None:
    """Of a request whose signature does not hold, nothing is read but what says so."""
    gateway = started("gateway")
    request = request_of("sagemaker", lambda sagemaker: sagemaker.list_training_jobs())
    request["headers"]["x-amz-target"] = "SageMaker.ListModels"
    found = gateway.step(json.dumps(request))
    assert "InvalidSignatureException" in found["body"]
    assert found["models"] == []
    assert only_the_directory(set(found["modules"]))


def test_a_service_that_is_not_here_is_refused_in_its_words_without_loading_any(
    started: Callable[[str], Child],
) -> None:
    gateway = started("gateway")
    found = gateway.call("kinesis", lambda kinesis: kinesis.list_streams())
    assert (found["status"], json.loads(found["body"])["__type"]) == (501, "NotImplemented")
    assert "kinesis:ListStreams" in found["body"]
    assert only_the_directory(set(found["modules"]))


def test_controllers_load_nothing_until_a_record_is_due(
    started: Callable[[str], Child], home: Home, options: Options
) -> None:
    controllers = started("controllers")
    assert (controllers.first["modules"], controllers.first["models"]) == ([], [])
    found = controllers.step()
    assert (found["modules"], found["models"]) == ([], [])
    _write(home, options, Record("cloudwatch:MetricAlarm", SCOPE, "a", "arn:a", "OK", due=0.0))
    assert services_of(controllers.step()) == {"cloudwatch"}


def test_a_gateway_serves_endpoints_that_were_there_before_it(
    started: Callable[[str], Child], home: Home, options: Options
) -> None:
    """Its routing table is kept from the start, without any request."""
    _write(home, options, Record("sagemaker:Endpoint", SCOPE, "e", "arn:e", "InService"))
    gateway = started("gateway")
    look = {}

    def serves() -> bool:
        look.update(gateway.call("s3", lambda s3: s3.list_buckets()))
        return "sagemaker-runtime" in look["models"]

    until(serves)
    assert look["on_loop"] == []


def _write(home: Home, options: Options, record: Record) -> None:
    platform = assemble(home, options)
    with platform.store.write() as tx:
        tx.insert(record)
    platform.close()
