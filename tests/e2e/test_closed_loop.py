"""The loop closed: an approval in the model registry is an event, its rule calls a function, and the function acts. By no hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.conftest import Bench
from tests.support.functions import TRUST, archive, runtime
from tests.support.images import XGBOOST
from tests.support.principals import allow, role
from tests.support.waiting import until

# What a deployment would do stands for itself in the log of the function.
CODE = """
import json

def handler(event, context):
    print("approved", event["detail"]["ModelPackageGroupName"], event["detail"]["ModelPackageVersion"])
    return event["detail"]["ModelPackageArn"]
"""


@pytest.fixture
def deploys(bench: Bench) -> Callable[[], list[str]]:
    """A function; return what it has written to its log."""
    live = bench.live
    runs = role(live.client, json.dumps(TRUST), allow("logs:*"), name="deploys")
    live.client("lambda").create_function(
        FunctionName="deploys",
        Runtime=runtime(),
        Role=runs,
        Handler="index.handler",
        Code={"ZipFile": archive({"index.py": CODE})},
    )
    logs = live.client("logs")

    def said() -> list[str]:
        try:
            found = logs.filter_log_events(logGroupName="/aws/lambda/deploys", filterPattern="approved")
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [event["message"].strip() for event in found["events"]]

    return said


def test_an_approval_calls_a_function(bench: Bench, deploys: Callable[[], list[str]]) -> None:
    events, functions = bench.live.client("events"), bench.live.client("lambda")
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": ["loop"], "ModelApprovalStatus": ["Approved"]},
    }
    rule = events.put_rule(Name="approved", EventPattern=json.dumps(pattern))["RuleArn"]
    function = functions.get_function(FunctionName="deploys")["Configuration"]["FunctionArn"]
    functions.add_permission(
        FunctionName="deploys",
        StatementId="events",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    events.put_targets(Rule="approved", Targets=[{"Id": "t", "Arn": function}])
    bench.sm.create_model_package_group(ModelPackageGroupName="loop")
    package = register(bench.sm)
    bench.sm.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved")
    until(lambda: deploys() == ["approved loop 1"], 30)


def register(sm: Any) -> str:
    """A version of the model that waits for its approval."""
    return sm.create_model_package(
        ModelPackageGroupName="loop",
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [{"Image": XGBOOST}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]
