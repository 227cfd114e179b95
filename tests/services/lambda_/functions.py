"""Functions of a live platform, and the code that most tests of them run."""

from __future__ import annotations

import itertools
import json
from typing import Any

from tests.support.functions import TRUST, archive, runtime
from tests.support.live import Live
from tests.support.waiting import until

_CODE = """
import json, logging, os, sys, time
print("loading")
COUNT = 0

def handler(event, context):
    global COUNT
    COUNT += 1
    print("got", json.dumps(event))
    return globals()[event.get("do", "plain")](event, context)

def plain(event, context):
    return {"count": COUNT, "id": context.aws_request_id, "event": event}

def fail(event, context):
    raise ValueError("bad value")

def leave(event, context):
    sys.exit(event.get("code", 0))

def die(event, context):
    os.kill(os.getpid(), 11)

def hang(event, context):
    open("/tmp/kept", "w").write("x")
    time.sleep(60)

def files(event, context):
    return sorted(os.listdir("/tmp"))

def large(event, context):
    return "x" * 6_300_000

def odd(event, context):
    return object()

def fill(event, context):
    return len(bytearray(event["bytes"]) + b"x")

def where(event, context):
    names = ("AWS_LAMBDA_FUNCTION_NAME", "LAMBDA_TASK_ROOT", "_HANDLER", "GIVEN", "AWS_REGION", "AWS_EXECUTION_ENV")
    return {name: os.environ.get(name) for name in names}

def about(event, context):
    logging.getLogger().warning("take care")
    return [context.function_name, context.memory_limit_in_mb, context.client_context.custom if context.client_context else None]

def home(event, context):
    return [os.path.exists(event["path"]), os.access("/var/task/index.py", os.W_OK)]

def trace(event, context):
    return os.environ["_X_AMZN_TRACE_ID"]
"""


class Functions:
    """Functions of one live platform."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.client = live.client("lambda")
        self.names = itertools.count()
        iam = live.client("iam")
        made = iam.create_role(RoleName="functions", AssumeRolePolicyDocument=json.dumps(TRUST))
        allow = {
            "Effect": "Allow",
            "Action": ["logs:*", "sqs:*", "s3:*", "lambda:*", "secretsmanager:*"],
            "Resource": "*",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        iam.put_role_policy(RoleName="functions", PolicyName="p", PolicyDocument=policy)
        self.role = made["Role"]["Arn"]

    def create(self, code: str | dict[str, str] = _CODE, **given: Any) -> str:
        """An active function; return its name."""
        name = f"f{next(self.names)}"
        files = {"index.py": code} if isinstance(code, str) else code
        wanted = {
            "Runtime": runtime(),
            "Role": self.role,
            "Handler": "index.handler",
            "Code": {"ZipFile": archive(files, executable=("bootstrap",))},
            **given,
        }
        self.client.create_function(FunctionName=name, **wanted)
        until(lambda: self.state(name) == "Active")
        return name

    def state(self, name: str) -> str:
        return self.client.get_function_configuration(FunctionName=name)["State"]

    def ask(self, name: str, event: Any = None, **given: Any) -> tuple[Any, dict[str, Any]]:
        """Invoke a function; return its payload and the answer."""
        answer = self.client.invoke(FunctionName=name, Payload=json.dumps(event or {}), **given)
        payload = answer["Payload"].read()
        return json.loads(payload) if payload else None, answer
