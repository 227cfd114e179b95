"""A caller that hands a role to a service must have the right to pass it, and pass it within its account and by its own name.

Source: "Grant a user permissions to pass a role to an AWS service" (IAM User Guide). The operations are found: every
one whose input in the matrix holds the ARN or the name of a role that something will act as.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from clary.services import load_services
from tests.conftest import ACCOUNT
from tests.inprocess import Loop
from tests.security.matrix import callers
from tests.security.matrix.callers import ALLOW_ALL, STRANGERS_ACCOUNTS, Caller, document
from tests.security.matrix.case import Outcome, Params
from tests.security.matrix.inputs import iam, sagemaker
from tests.security.matrix.inputs.sagemaker import core, pipelines
from tests.security.matrix.snapshot import change
from tests.security.matrix.world import World

ROLE = f"arn:aws:iam::{ACCOUNT}:role/jobs"
_BUCKET = {"S3Uri": "s3://bucket/reports", "LocalPath": "/opt/ml/processing/output"}


def _inline(w: World) -> Params:
    """A schedule that brings its definition, and the role with it."""
    definition = {
        "RoleArn": ROLE,
        "MonitoringInputs": [
            {"EndpointInput": {"EndpointName": "e", "LocalPath": "/opt/ml/processing/input/endpoint"}}
        ],
        "MonitoringOutputConfig": {"MonitoringOutputs": [{"S3Output": _BUCKET}]},
        "MonitoringResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}
        },
        "MonitoringAppSpecification": {
            "ImageUri": "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
        },
    }
    return {
        "MonitoringScheduleName": w.fresh("schedule"),
        "MonitoringScheduleConfig": {"MonitoringType": "DataQuality", "MonitoringJobDefinition": definition},
    }


def _rescheduled(w: World) -> Params:
    """An update of a schedule that had another definition."""
    return {**core.schedule(w), "MonitoringScheduleConfig": _inline(w)["MonitoringScheduleConfig"]}


def _validated(w: World) -> Params:
    """A package that is validated by a transform job."""
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in/"}
    job = {
        "TransformInput": {"DataSource": {"S3DataSource": source}},
        "TransformOutput": {"S3OutputPath": "s3://bucket/out"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    profile = {"ProfileName": "smoke", "TransformJobDefinition": job}
    container = {"Image": core.XGBOOST, "ModelDataUrl": "s3://bucket/model.tar.gz"}
    return {
        "ModelPackageName": w.fresh("validated"),
        "InferenceSpecification": {"Containers": [container]},
        "ValidationSpecification": {"ValidationRole": ROLE, "ValidationProfiles": [profile]},
    }


# Those of the matrix's inputs, and the forms of some operations that bring a role with them.
TAKERS: dict[str, Callable[[World], Params]] = {
    **{
        operation: case.make
        for operation, case in sagemaker.CASES.items()
        if operation.startswith("Create") and case.stranger is Outcome.REFUSED
    },
    "CreateModelPackage": _validated,
    "CreateMonitoringSchedule": _inline,
    "UpdateMonitoringSchedule": _rescheduled,
    "StartPipelineExecution": lambda w: {**pipelines.pipeline(w), "RoleArn": ROLE},
    "UpdatePipeline": lambda w: {**pipelines.pipeline(w), "RoleArn": ROLE},
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, loop: Loop) -> Iterator[World]:
    world = World("sagemaker", tmp_path_factory.mktemp("w"), loop)
    sagemaker.prepare(world)
    yield world
    world.close()


@pytest.fixture(scope="module")
def holder(world: World) -> Callable[[dict[str, Any]], Caller]:
    """`holder(statement)`: a user who may do all but what a Deny says."""
    admin = world.client("iam", world.root)
    caller = callers.user(admin, "holder")

    def holds(refusal: dict[str, Any]) -> Caller:
        refusal = {"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*", **refusal}
        admin.put_user_policy(UserName="holder", PolicyName="p", PolicyDocument=document(ALLOW_ALL, refusal))
        return caller

    return holds


DENIED: dict[str, dict[str, Any]] = {
    "all": {},
    "this role": {"Resource": ROLE},
    "to this service": {"Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}},
    "by a pattern": {"Resource": "arn:aws:iam::*:role/j*s"},
}


@pytest.mark.parametrize("refusal", DENIED.values(), ids=DENIED.keys())
@pytest.mark.parametrize("operation", TAKERS)
def test_a_role_is_passed_by_right(
    world: World, holder: Callable[[dict[str, Any]], Caller], operation: str, refusal: dict[str, Any]
) -> None:
    params = TAKERS[operation](world)
    assert ROLE in json.dumps(params)
    before = world.observer.state()
    answer = world.call(holder(refusal), operation, params)
    told = world.observer.state()
    assert (answer.code, answer.status) == ("AccessDeniedException", 400), answer
    assert f"not authorized to perform: iam:PassRole on resource: {ROLE}" in answer.message
    assert not [row for row in change(before, told).new if "iam_" not in repr(row)]
    assert world.call(world.owner, operation, params).succeeded


SPELLINGS = [
    ROLE.replace("aws", "aws-cn", 1), ROLE.replace("role/", "role//"), ROLE.replace("role/", "role/x/"),
    ROLE.replace("jobs", "Jobs"), ROLE.replace(ACCOUNT, STRANGERS_ACCOUNTS[0]), ROLE + "/", ROLE + "x",
]  # fmt: skip


@pytest.mark.parametrize("arn", SPELLINGS)
@pytest.mark.parametrize("operation", TAKERS)
def test_a_role_denied_by_name_is_not_passed_by_another_spelling(
    world: World, holder: Callable[[dict[str, Any]], Caller], operation: str, arn: str
) -> None:
    params = json.loads(json.dumps(TAKERS[operation](world)).replace(ROLE, arn))
    caller = holder({"Resource": ROLE})
    before = world.observer.state()
    answer = world.call(caller, operation, params)
    assert answer.code in ("AccessDeniedException", "ValidationException"), answer
    assert not change(before, world.observer.state())


def test_a_role_is_not_put_into_a_profile_without_the_right(world: World, holder: Any) -> None:
    """API_AddRoleToInstanceProfile: the caller needs iam:PassRole on the role."""
    params = {**iam.profile(world), "RoleName": "jobs"}
    client = world.client("iam", holder({"Resource": ROLE}))
    with pytest.raises(client.exceptions.ClientError, match="iam:PassRole"):
        client.add_role_to_instance_profile(**params)
    assert world.client("iam").add_role_to_instance_profile(**params)


def test_every_operation_that_takes_a_role_is_here() -> None:
    """By the model: the inputs with a role's ARN, but for members that the operation refuses by name."""
    service = load_services()["sagemaker"]
    taking = {
        name
        for name in service.actions
        for path in _roles_in(service.model.operations[name].input)
        if name not in service.accepts or service.accepts[name].covers(path)
    }
    assert taking == set(TAKERS)


def _roles_in(shape: Any, path: str = "", above: tuple[str, ...] = ()) -> Iterator[str]:
    """The paths of all members that are of the model's shape for a role's ARN; Search's expressions hold themselves."""
    if shape is None or shape.name in above:
        return
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from _roles_in(member, f"{path}.{name}".strip("."), (*above, shape.name))
    elif shape.type_name == "list":
        yield from _roles_in(shape.member, path, (*above, shape.name))
    elif shape.name == "RoleArn":
        yield path
