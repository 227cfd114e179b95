"""The call that brings an event to a target of each kind."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from clary.kernel import Arn
from clary.services.events.delivery.backlog import Delivery
from clary.services.events.delivery.kinds import kind_of

Params = dict[str, Any]


class Call(NamedTuple):
    """An operation of a service, in the region and account of the target."""

    service: str
    operation: str
    params: Params
    region: str


def call_of(delivery: Delivery, now: float) -> Call:
    """Return the call for a target."""
    arn = Arn.parse(delivery.target["Arn"])
    kind = kind_of(arn)
    if kind is None:
        raise ValueError(f"nothing is delivered to {arn}")
    operation, params = _MAKE[kind.name](arn, delivery, now)
    return Call(kind.service, operation, params, arn.region or delivery.region)


Made = tuple[str, Params]


def _sqs(arn: Arn, delivery: Delivery, now: float) -> Made:
    group = delivery.target.get("SqsParameters", {}).get("MessageGroupId")
    more = {"MessageGroupId": group} if group else {}
    return "SendMessage", {"QueueUrl": queue_url(arn), "MessageBody": delivery.input, **more}


def queue_url(arn: Arn) -> str:
    """Return the URL of a queue; SQS reads the account and the name in it."""
    return f"https://sqs.{arn.region}.amazonaws.com/{arn.account}/{arn.resource}"


def _sns(arn: Arn, delivery: Delivery, now: float) -> Made:
    return "Publish", {"TopicArn": str(arn), "Message": delivery.input}


def _lambda(arn: Arn, delivery: Delivery, now: float) -> Made:
    return "Invoke", {
        "FunctionName": str(arn),
        "InvocationType": "Event",
        "Payload": delivery.input.encode(),
    }


def _states(arn: Arn, delivery: Delivery, now: float) -> Made:
    # The name is made of event and rule, so that a repeated delivery starts no second execution.
    rule = re.sub(r"[^\w-]", "_", delivery.rule.rpartition("/")[2], flags=re.ASCII)[:40]
    name = f"{delivery.event}_{rule}"
    return "StartExecution", {"stateMachineArn": str(arn), "name": name, "input": delivery.input}


def _pipeline(arn: Arn, delivery: Delivery, now: float) -> Made:
    given = delivery.target.get("SageMakerPipelineParameters", {}).get("PipelineParameterList", [])
    token = f"{delivery.event}-{delivery.target['Id']}"[:128]
    return "StartPipelineExecution", {
        "PipelineName": str(arn),
        "ClientRequestToken": token,
        **({"PipelineParameters": given} if given else {}),
    }


def _logs(arn: Arn, delivery: Delivery, now: float) -> Made:
    group = arn.resource.removeprefix("log-group:").removesuffix(":*")
    stream = time.strftime("%Y-%m-%d", time.gmtime(now))
    return "PutLogEvents", {
        "logGroupName": group,
        "logStreamName": stream,
        "logEvents": [{"timestamp": int(now * 1000), "message": delivery.input}],
    }


_MAKE: Mapping[str, Callable[[Arn, Delivery, float], Made]] = {
    "sqs": _sqs,
    "sns": _sns,
    "lambda": _lambda,
    "states": _states,
    "pipeline": _pipeline,
    "logs": _logs,
}
