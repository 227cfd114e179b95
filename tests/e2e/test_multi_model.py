"""Multi-model endpoints with an image of a user's own: models come from S3 when an invocation names them."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.e2e.conftest import Bench
from tests.support.image_registry import ImageRegistry, layer, member, python
from tests.support.push import push
from tests.support.waiting import until

# Serves the contract with room for two models; a model multiplies by the number in its file.
PROGRAM = """#!/bin/python3
import http.server, json, os
loaded = {}
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def do_GET(self):
        if self.path == "/ping":
            return self.say(200, b"")
        self.say(200, json.dumps({"models": [{"modelName": name, "modelUrl": ""} for name in loaded]}).encode())
    def do_DELETE(self):
        print("unloaded", loaded.pop(self.path.split("/")[2], None), flush=True)
        self.say(200, b"")
    def do_POST(self):
        data = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if self.path == "/models":
            return self.say(*self.load(json.loads(data)))
        name = self.path.split("/")[2]
        if data == b"die":
            os._exit(3)
        if data == b"who":
            return self.say(200, self.headers["X-Amzn-SageMaker-Target-Model"].encode())
        if name not in loaded:
            return self.say(404, b"")
        self.say(200, b"%d" % (int(data) * loaded[name]))
    def load(self, asked):
        if len(loaded) >= 2:
            return 507, b"full"
        with open(asked["url"] + "/factor") as file:
            text = file.read()
        if not text.isdigit():
            return 500, b"no number"
        loaded[asked["model_name"]] = int(text)
        return 200, b""
    def say(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
print(os.environ["SAGEMAKER_MULTI_MODEL"], flush=True)
http.server.ThreadingHTTPServer(("", 8080), Handler).serve_forever()
"""
MULTI = {"com.amazonaws.sagemaker.capabilities.multi-models": "true"}
PULL = ("GetAuthorizationToken", "BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")


@pytest.fixture(scope="module")
def image(bench: Bench) -> str:
    statement = {"Effect": "Allow", "Action": [f"ecr:{name}" for name in PULL], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    name = bench.role.rpartition("/")[2]
    bench.live.client("iam").put_role_policy(RoleName=name, PolicyName="pull", PolicyDocument=policy)
    images = ImageRegistry()
    program = layer(member("program", PROGRAM.encode()))
    digest = images.add_image(python(), program, Entrypoint=["/program"], Labels=MULTI)
    return push(bench.live, images, digest, "many/models", "1")


@pytest.fixture(scope="module")
def many(bench: Bench, image: str) -> Iterator[str]:
    """An endpoint, created before there is any model, as in AWS's sample notebooks."""
    container = {"Image": image, "Mode": "MultiModel", "ModelDataUrl": bench.uri("many/models/")}
    shown = bench.deploy("many", **container)
    assert shown["EndpointStatus"] == "InService", shown.get("FailureReason")
    for name, factor in (("two", "2"), ("deep/three", "3"), ("four", "4"), ("bad", "none")):
        bench.pack(f"many/models/{name}.tar.gz", {"factor": factor})
    bench.put("many/models/text.tar.gz", "no archive")
    yield "many"
    bench.remove_endpoint("many")


def ask(bench: Bench, target: str, body: bytes = b"7") -> bytes:
    return bench.runtime.invoke_endpoint(EndpointName="many", TargetModel=target, Body=body)["Body"].read()


def test_each_model_answers_by_its_name_though_there_is_room_for_two(bench: Bench, many: str) -> None:
    for _ in range(2):
        for target, said in (("two.tar.gz", b"14"), ("deep/three.tar.gz", b"21"), ("four.tar.gz", b"28")):
            assert ask(bench, target) == said
    assert ask(bench, "two.tar.gz", b"who") == b"two.tar.gz"


def test_a_model_that_is_added_later_is_found(bench: Bench, many: str) -> None:
    with pytest.raises(ClientError) as caught:
        ask(bench, "new.tar.gz")
    assert caught.value.response["Error"] == {
        "Code": "ValidationError",
        "Message": "Failed to download model data(bucket: e2e, key: many/models/new.tar.gz). Please ensure that there is an "
        "object located at the URL and that the role passed to CreateModel has permissions to download the model.",
    }
    bench.pack("many/models/new.tar.gz", {"factor": "5"})
    assert ask(bench, "new.tar.gz") == b"35"


def test_what_a_container_says_of_loading_is_the_models_error(bench: Bench, many: str) -> None:
    with pytest.raises(bench.runtime.exceptions.ModelError) as caught:
        ask(bench, "bad.tar.gz")
    assert caught.value.response["OriginalStatusCode"] == 500
    assert caught.value.response["OriginalMessage"] == "no number"
    with pytest.raises(ClientError, match="Failed to extract model data archive") as refused:
        ask(bench, "text.tar.gz")
    assert refused.value.response["Error"]["Code"] == "ValidationError"


@pytest.mark.parametrize("target", ["../models/two.tar.gz", "/two.tar.gz/", "no\\such"])
def test_a_name_that_leads_elsewhere_is_no_model(bench: Bench, many: str, target: str) -> None:
    with pytest.raises(ClientError, match="Failed to download model data"):
        ask(bench, target)


def test_an_invocation_must_name_a_model(bench: Bench, many: str) -> None:
    """https://github.com/aws/sagemaker-tensorflow-serving-container/issues/166."""
    with pytest.raises(ClientError, match=r"Request \S+ is missing a target model header"):
        bench.runtime.invoke_endpoint(EndpointName="many", Body=b"7")


def test_a_bridge_that_is_killed_is_replaced_and_loses_nothing(bench: Bench, many: str) -> None:
    assert ask(bench, "two.tar.gz") == b"14"
    before = bench.live.pids("bridge")
    assert before
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: set(bench.live.pids("bridge")) - set(before), 20)
    assert ask(bench, "two.tar.gz") == b"14"
    assert ask(bench, "deep/three.tar.gz") == b"21"


def test_a_container_that_dies_comes_back_without_models(bench: Bench, many: str) -> None:
    with pytest.raises(ClientError):
        ask(bench, "two.tar.gz", b"die")
    assert until(lambda: _answer(bench, "two.tar.gz"), 30) == b"14"


def _answer(bench: Bench, target: str) -> bytes | None:
    try:
        return ask(bench, target)
    except ClientError:
        return None


def test_without_a_cache_a_model_is_fetched_for_each_invocation(bench: Bench, image: str, many: str) -> None:
    prefix = bench.uri("many/uncached/")
    container = {"Image": image, "Mode": "MultiModel", "ModelDataUrl": prefix}
    shown = bench.deploy("uncached", **container, MultiModelConfig={"ModelCacheSetting": "Disabled"})
    assert shown["EndpointStatus"] == "InService", shown.get("FailureReason")
    for factor in ("2", "3"):
        bench.pack("many/uncached/m.tar.gz", {"factor": factor})
        asked = {"EndpointName": "uncached", "TargetModel": "m.tar.gz", "Body": b"7"}
        assert bench.runtime.invoke_endpoint(**asked)["Body"].read() == b"%d" % (7 * int(factor))
    bench.remove_endpoint("uncached")


def test_an_image_without_the_label_does_not_serve_many(bench: Bench, image: str) -> None:
    """AWS says it at CreateModel: github.com/aws/sagemaker-tensorflow-serving-container, issue 156."""
    images = ImageRegistry()
    uri = push(bench.live, images, images.add_image(layer(member("x")), Entrypoint=["/x"]), "many/bare")
    shown = bench.deploy("bare", Image=uri, Mode="MultiModel", ModelDataUrl=bench.uri("many/models/"))
    assert shown["EndpointStatus"] == "Failed"
    assert "capabilities.multi-models=true Docker label(s)." in shown["FailureReason"]
    bench.remove_endpoint("bare")


def test_a_transform_job_does_not_serve_many(bench: Bench, many: str) -> Any:
    with pytest.raises(ClientError, match="CreateTransformJob with a model of Mode MultiModel"):
        bench.sm.create_transform_job(
            TransformJobName="many",
            ModelName="many",
            TransformInput={
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": bench.uri("many/")}}
            },
            TransformOutput={"S3OutputPath": bench.uri("out")},
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        )
