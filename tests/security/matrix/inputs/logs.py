"""CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Callable

from tests.conftest import ACCOUNT
from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.world import MARKER, World


def group(w: World) -> Params:
    name = w.fresh("group")
    w.client("logs").create_log_group(logGroupName=name, tags={"note": MARKER})
    return {"logGroupName": name}


def stream(w: World) -> Params:
    """A stream with one event."""
    names = {**group(w), "logStreamName": w.fresh("stream")}
    w.client("logs").create_log_stream(**names)
    event = {"timestamp": int(w.clock.now() * 1000), "message": MARKER}
    w.client("logs").put_log_events(**names, logEvents=[event])
    return names


def the_group(w: World) -> Params:
    return {"logGroupName": w.once("stream", stream)["logGroupName"]}


def the_stream(w: World) -> Params:
    return w.once("stream", stream)


def by_arn(make: Callable[[World], Params], **more: object) -> Callable[[World], Params]:
    """The group by its ARN, as the operations for tags of any resource want it."""

    def params(w: World) -> Params:
        name = make(w)["logGroupName"]
        return {"resourceArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{name}", **more}

    return params


def _events(w: World) -> Params:
    event = {"timestamp": int(w.clock.now() * 1000), "message": "an event"}
    return {**the_stream(w), "logEvents": [event]}


CASES = {
    "CreateLogGroup": Case(lambda w: {"logGroupName": w.fresh("group")}, Outcome.OWN),
    "CreateLogStream": Case(lambda w: {**the_group(w), "logStreamName": w.fresh("stream")}, Outcome.MISSING),
    "DeleteLogGroup": Case(group, Outcome.MISSING),
    "DeleteLogStream": Case(stream, Outcome.MISSING),
    "DeleteRetentionPolicy": Case(the_group, Outcome.MISSING),
    "DescribeLogGroups": Case(lambda w: {"logGroupNamePrefix": the_group(w)["logGroupName"]}, Outcome.OWN),
    "DescribeLogStreams": Case(the_group, Outcome.MISSING),
    "FilterLogEvents": Case(the_group, Outcome.MISSING),
    "GetLogEvents": Case(the_stream, Outcome.MISSING),
    "ListTagsForResource": Case(by_arn(the_group), Outcome.MISSING),
    "ListTagsLogGroup": Case(the_group, Outcome.MISSING),
    "PutLogEvents": Case(_events, Outcome.MISSING),
    "PutRetentionPolicy": Case(lambda w: {**the_group(w), "retentionInDays": 7}, Outcome.MISSING),
    "TagLogGroup": Case(lambda w: {**the_group(w), "tags": {"a": "b"}}, Outcome.MISSING),
    "TagResource": Case(by_arn(the_group, tags={"a": "b"}), Outcome.MISSING),
    "UntagLogGroup": Case(lambda w: {**group(w), "tags": ["note"]}, Outcome.MISSING),
    "UntagResource": Case(by_arn(group, tagKeys=["note"]), Outcome.MISSING),
}
