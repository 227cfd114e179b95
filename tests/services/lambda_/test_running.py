"""Functions that run, on a platform of real processes. What an error says is AWS's: recorded answers of the real service
(localstack/localstack, tests/aws/services/lambda_/test_lambda.snapshot.json) and
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import Functions
from tests.support.functions import archive, runtime
from tests.support.waiting import until


@pytest.fixture(scope="module")
def plain(functions: Functions) -> str:
    return functions.create(Environment={"Variables": {"GIVEN": "yes"}}, Timeout=20)


def test_an_environment_is_used_again(functions: Functions) -> None:
    name = functions.create()
    first, answer = functions.ask(name, {"a": 1}, LogType="Tail")
    assert (answer["StatusCode"], answer["ExecutedVersion"], "FunctionError" in answer) == (
        200,
        "$LATEST",
        False,
    )
    assert (first["count"], first["event"]) == (1, {"a": 1})
    assert first["id"] == answer["ResponseMetadata"]["RequestId"]
    log = base64.b64decode(answer["LogResult"]).decode()
    assert f"START RequestId: {first['id']} Version: $LATEST\n" in log
    assert 'got {"a": 1}\n' in log
    assert "\tInit Duration: " in log
    second, answer = functions.ask(name, LogType="Tail")
    assert second["count"] == 2
    assert "Init Duration" not in base64.b64decode(answer["LogResult"]).decode()


@pytest.mark.parametrize(
    ("event", "kind", "message"),
    [
        ({"do": "fail"}, "ValueError", "bad value"),
        (
            {"do": "leave"},
            "Runtime.ExitError",
            "RequestId: {id} Error: Runtime exited without providing a reason",
        ),
        (
            {"do": "leave", "code": 3},
            "Runtime.ExitError",
            "RequestId: {id} Error: Runtime exited with error: exit status 3",
        ),
        (
            {"do": "die"},
            "Runtime.ExitError",
            "RequestId: {id} Error: Runtime exited with error: signal: segmentation fault",
        ),
        (
            {"do": "large"},
            "Function.ResponseSizeTooLarge",
            "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        ),
        (
            {"do": "odd"},
            "Runtime.MarshalError",
            "Unable to marshal response: Object of type object is not JSON serializable",
        ),
    ],
)
def test_errors_of_invocations(functions: Functions, plain: str, event: Any, kind: str, message: str) -> None:
    payload, answer = functions.ask(plain, event)
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    id = answer["ResponseMetadata"]["RequestId"]
    assert (payload["errorType"], payload["errorMessage"]) == (kind, message.format(id=id))
    after, answer = functions.ask(plain)
    assert "FunctionError" not in answer
    assert after["count"] >= 1


def test_the_trace_of_an_error_begins_in_the_function(functions: Functions, plain: str) -> None:
    payload, _ = functions.ask(plain, {"do": "fail"})
    first, second = payload["stackTrace"]
    assert first.startswith('  File "/var/task/index.py", line 10, in handler\n')
    assert second == '  File "/var/task/index.py", line 16, in fail\n    raise ValueError("bad value")\n'


def test_a_function_that_takes_too_long_keeps_its_files(functions: Functions) -> None:
    """As recorded: after a timeout the runtime begins again in the same environment."""
    name = functions.create(Timeout=1)
    functions.ask(name)
    payload, answer = functions.ask(name, {"do": "hang"})
    id = answer["ResponseMetadata"]["RequestId"]
    assert payload == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {id} Error: Task timed out after 1.00 seconds",
    }
    assert "kept" in functions.ask(name, {"do": "files"})[0]
    assert functions.ask(name)[0]["count"] == 2


def test_a_function_that_takes_too_much_memory(functions: Functions) -> None:
    name = functions.create(Timeout=20)
    payload, answer = functions.ask(name, {"do": "fill", "bytes": 400 << 20})
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] == "Runtime.OutOfMemory"
    assert payload["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")


@pytest.mark.parametrize(
    ("code", "handler", "kind", "message"),
    [
        ("import nothing_here", "index.handler", "Runtime.ImportModuleError", "Unable to import module 'index': No module named 'nothing_here'"),
        ("x = 1", "index.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'index'"),
        ("x = 1", "index", "Runtime.MalformedHandlerName", "Bad handler 'index': not enough values to unpack (expected 2, got 1)"),
        ("raise KeyError('k')", "index.handler", "KeyError", "'k'"),
    ],
)  # fmt: skip
def test_errors_of_initialization(
    functions: Functions, code: str, handler: str, kind: str, message: str
) -> None:
    name = functions.create(code, Handler=handler)
    payload, answer = functions.ask(name)
    assert answer["FunctionError"] == "Unhandled"
    assert (payload["errorType"], payload["errorMessage"]) == (kind, message)
    assert payload["requestId"] == answer["ResponseMetadata"]["RequestId"]


def test_what_a_function_finds(functions: Functions, plain: str) -> None:
    found, _ = functions.ask(plain, {"do": "where"})
    assert found == {
        "AWS_LAMBDA_FUNCTION_NAME": plain,
        "LAMBDA_TASK_ROOT": "/var/task",
        "_HANDLER": "index.handler",
        "GIVEN": "yes",
        "AWS_REGION": "us-east-1",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime()}",
    }
    said = base64.b64encode(json.dumps({"custom": {"k": "v"}}).encode()).decode()
    told, answer = functions.ask(plain, {"do": "about"}, ClientContext=said, LogType="Tail")
    assert told == [plain, "128", {"k": "v"}]
    assert "[WARNING]\t" in base64.b64decode(answer["LogResult"]).decode()


def test_a_function_sees_neither_the_home_nor_may_it_write_its_code(functions: Functions, plain: str) -> None:
    path = str(functions.live.home.database)
    assert functions.ask(plain, {"do": "home", "path": path})[0] == [False, False]


def test_layers_lie_below_opt(functions: Functions) -> None:
    content = {"ZipFile": archive({"python/shared.py": "VALUE = 'of the layer'"})}
    layer = functions.client.publish_layer_version(LayerName="shared", Content=content)["LayerVersionArn"]
    code = "import shared\ndef handler(event, context): return shared.VALUE, shared.__file__"
    name = functions.create(code, Layers=[layer])
    assert functions.ask(name)[0] == ["of the layer", "/opt/python/shared.py"]


def test_an_alias_runs_its_version_and_an_update_what_is_new(functions: Functions) -> None:
    name = functions.create("def handler(event, context): return context.function_version, 'old'")
    functions.client.publish_version(FunctionName=name)
    functions.client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    assert functions.ask(name)[0] == ["$LATEST", "old"]
    new = archive({"index.py": "def handler(event, context): return context.invoked_function_arn, 'new'"})
    functions.client.update_function_code(FunctionName=name, ZipFile=new)
    config = functions.client.get_function_configuration
    until(lambda: config(FunctionName=name)["LastUpdateStatus"] == "Successful")
    assert functions.ask(name)[0][1] == "new"
    told, answer = functions.ask(name, Qualifier="live")
    assert (told, answer["ExecutedVersion"]) == (["1", "old"], "1")


def test_limits_of_concurrency_and_of_size(functions: Functions, plain: str) -> None:
    name = functions.create()
    functions.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError, match="Rate Exceeded") as refused:
        functions.client.invoke(FunctionName=name)
    assert refused.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    with pytest.raises(ClientError, match="RequestEntityTooLargeException"):
        functions.client.invoke(FunctionName=plain, Payload=b'"' + b"x" * 6_291_456 + b'"')
    with pytest.raises(ClientError, match="InvalidRequestContentException"):
        functions.client.invoke(FunctionName=plain, Payload=b"{")
    with pytest.raises(ClientError, match="Function not found: arn:aws:lambda:us-east-1"):
        functions.client.invoke(FunctionName="not-there")


def test_a_dry_run_runs_nothing(functions: Functions, plain: str) -> None:
    payload, answer = functions.ask(plain, {"do": "fail"}, InvocationType="DryRun")
    assert (payload, answer["StatusCode"]) == (None, 204)


def test_a_function_with_a_bootstrap_of_its_own(functions: Functions) -> None:
    """The Runtime API over HTTP/1.1 (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html)."""
    bootstrap = """#!/bin/sh
exec /usr/bin/env python3 /var/task/loop.py
"""
    loop = """
import json, os, urllib.request
base = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/"
while True:
    with urllib.request.urlopen(base + "invocation/next") as event:
        id, body = event.headers["Lambda-Runtime-Aws-Request-Id"], json.load(event)
    kind = "error" if body.get("fail") else "response"
    said = {"errorMessage": "no", "errorType": "Own"} if body.get("fail") else {"echo": body}
    request = urllib.request.Request(base + f"invocation/{id}/{kind}", json.dumps(said).encode())
    urllib.request.urlopen(request).read()
"""
    name = functions.create({"bootstrap": bootstrap, "loop.py": loop}, Runtime="provided.al2023", Timeout=20)
    assert functions.ask(name, {"a": 1})[0] == {"echo": {"a": 1}}
    payload, answer = functions.ask(name, {"fail": True})
    assert (payload["errorType"], answer["FunctionError"]) == ("Own", "Unhandled")
    assert functions.ask(name, {"b": 2})[0] == {"echo": {"b": 2}}


def test_an_answer_as_a_stream_of_events(functions: Functions, plain: str) -> None:
    answer = functions.client.invoke_with_response_stream(FunctionName=plain, Payload=b"{}", LogType="Tail")
    *chunks, last = list(answer["EventStream"])
    assert json.loads(b"".join(chunk["PayloadChunk"]["Payload"] for chunk in chunks))["event"] == {}
    assert "REPORT RequestId" in base64.b64decode(last["InvokeComplete"]["LogResult"]).decode()
    failed = functions.client.invoke_with_response_stream(FunctionName=plain, Payload=b'{"do": "fail"}')
    (only,) = list(failed["EventStream"])
    assert only["InvokeComplete"]["ErrorCode"] == "ValueError"


def test_logs_and_metrics(functions: Functions, plain: str) -> None:
    _, answer = functions.ask(plain, {"do": "about"})
    id, logs = answer["ResponseMetadata"]["RequestId"], functions.live.client("logs")

    def messages() -> list[str]:
        try:
            found = logs.filter_log_events(logGroupName=f"/aws/lambda/{plain}")["events"]
        except ClientError:
            return []
        return [event["message"] for event in found]

    until(lambda: any(f"REPORT RequestId: {id}\t" in message for message in messages()))
    assert any(message == f"END RequestId: {id}\n" for message in messages())
    metrics = functions.live.client("cloudwatch")
    dimension = {"Name": "FunctionName", "Value": plain}
    asked = {"Namespace": "AWS/Lambda", "Dimensions": [dimension]}
    wanted = {"Invocations", "Errors", "Duration", "ConcurrentExecutions"}
    until(lambda: wanted <= {one["MetricName"] for one in metrics.list_metrics(**asked)["Metrics"]})


def test_a_loop_is_ended(functions: Functions, plain: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html: after 16 times."""
    told, _ = functions.ask(plain, {"do": "trace"})
    lineage = told.partition("Lineage=")[2]
    assert lineage.endswith(":1")
    client = functions.client
    header = {"value": f"{told.partition('Lineage=')[0]}Lineage={lineage[:-1]}16"}

    def add(request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = header["value"]

    client.meta.events.register("before-sign.lambda.Invoke", add)
    try:
        with pytest.raises(ClientError, match="RecursiveInvocationException"):
            functions.ask(plain)
        client.put_function_recursion_config(FunctionName=plain, RecursiveLoop="Allow")
        assert "FunctionError" not in functions.ask(plain)[1]
    finally:
        client.meta.events.unregister("before-sign.lambda.Invoke", add)


def test_environments_that_are_there_before_they_are_asked(functions: Functions) -> None:
    """Recorded: test_provisioned_concurrency_on_alias, test_provisioned_concurrency_init_failure."""
    code = "import os\ndef handler(event, context): return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']"
    name = functions.create(code)
    functions.client.publish_version(FunctionName=name)
    wanted = {"FunctionName": name, "Qualifier": "1"}
    put = functions.client.put_provisioned_concurrency_config(**wanted, ProvisionedConcurrentExecutions=1)
    assert (put["Status"], put["AvailableProvisionedConcurrentExecutions"]) == ("IN_PROGRESS", 0)
    status = functions.client.get_provisioned_concurrency_config
    until(lambda: status(**wanted)["Status"] == "READY", 20)
    assert functions.ask(name, Qualifier="1")[0] == "provisioned-concurrency"
    assert functions.ask(name)[0] == "on-demand"
    functions.client.delete_provisioned_concurrency_config(**wanted)
    with pytest.raises(ClientError, match="No Provisioned Concurrency Config found for this function"):
        status(**wanted)


def test_environments_that_cannot_be_initialized(functions: Functions) -> None:
    name = functions.create("raise ValueError('no')")
    functions.client.publish_version(FunctionName=name)
    wanted = {"FunctionName": name, "Qualifier": "1"}
    functions.client.put_provisioned_concurrency_config(**wanted, ProvisionedConcurrentExecutions=1)
    status = functions.client.get_provisioned_concurrency_config
    until(lambda: status(**wanted)["Status"] == "FAILED", 20)
    assert status(**wanted)["StatusReason"] == "FUNCTION_ERROR_INIT_FAILURE"
