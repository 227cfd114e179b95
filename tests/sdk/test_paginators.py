"""Every listing pages as botocore's paginators expect: page by page one finds what one page shows, each once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sdk import jobs
from tests.sdk.jobs import POLICY, TRUST
from tests.support.live import Live
from tests.support.waiting import until

pytestmark = pytest.mark.sdk

COUNT = 3


@pytest.fixture(scope="module")
def things(live: Live, role: str) -> Iterator[str]:
    """Three of everything that can be listed, under one prefix, which is also a bucket."""
    prefix = "pages"
    s3 = live.client("s3")
    s3.create_bucket(Bucket=prefix)
    s3.put_bucket_versioning(Bucket=prefix, VersioningConfiguration={"Status": "Enabled"})
    for index in range(COUNT):
        name = f"{prefix}-{index}"
        s3.put_object(Bucket=prefix, Key=name, Body=b"1")
        _make_sagemaker(live.client("sagemaker"), role, prefix, name)
        _make_iam(live.client("iam"), prefix, name)
        s3.create_multipart_upload(Bucket=prefix, Key=name)
        _make_logs(live.client("logs"), prefix, name)
        live.client("cloudwatch").put_metric_data(
            Namespace=prefix, MetricData=[{"MetricName": name, "Value": 1}]
        )
    yield prefix
    for index in range(COUNT):  # nothing serves these, and their replicas would be tried again and again
        _delete_endpoint(live.client("sagemaker"), f"{prefix}-{index}")


def _delete_endpoint(sm: Any, name: str) -> None:
    until(lambda: sm.describe_endpoint(EndpointName=name)["EndpointStatus"] != "Creating", 90, 0.1)
    sm.delete_endpoint(EndpointName=name)


def _make_sagemaker(sm: Any, role: str, prefix: str, name: str) -> None:
    sm.create_training_job(**jobs.training(role, name, "pass", prefix))
    sm.create_processing_job(**jobs.processing(role, name, "true"))
    sm.create_model(ModelName=name, PrimaryContainer={"Image": jobs.SKLEARN}, ExecutionRoleArn=role)
    variant = {"VariantName": "A", "ModelName": name, "InstanceType": "ml.t2.medium"}
    sm.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[{**variant, "InitialInstanceCount": 1}]
    )
    sm.create_endpoint(EndpointName=name, EndpointConfigName=name)
    sm.create_transform_job(**jobs.transform(name, name, f"s3://{prefix}/{name}", f"s3://{prefix}/o"))
    sm.create_model_package_group(ModelPackageGroupName=name)


def _make_iam(iam: Any, prefix: str, name: str) -> None:
    iam.create_role(RoleName=name, Path=f"/{prefix}/", AssumeRolePolicyDocument=TRUST)
    iam.create_user(UserName=name, Path=f"/{prefix}/")
    iam.create_group(GroupName=name, Path=f"/{prefix}/")
    arn = iam.create_policy(PolicyName=name, Path=f"/{prefix}/", PolicyDocument=POLICY)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=f"{prefix}-0", PolicyArn=arn)
    iam.put_role_policy(RoleName=f"{prefix}-0", PolicyName=name, PolicyDocument=POLICY)


def _make_logs(logs: Any, prefix: str, name: str) -> None:
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=f"{prefix}-0", logStreamName=name)


BY_NAME = {"NameContains": "pages-"}
BY_PATH = {"PathPrefix": "/pages/"}
IN_BUCKET = {"Bucket": "pages", "Prefix": "pages-"}
LISTINGS = [
    ("sagemaker", "list_training_jobs", BY_NAME, "TrainingJobSummaries"),
    ("sagemaker", "list_processing_jobs", BY_NAME, "ProcessingJobSummaries"),
    ("sagemaker", "list_transform_jobs", BY_NAME, "TransformJobSummaries"),
    ("sagemaker", "list_models", BY_NAME, "Models"),
    ("sagemaker", "list_endpoint_configs", BY_NAME, "EndpointConfigs"),
    ("sagemaker", "list_endpoints", BY_NAME, "Endpoints"),
    ("sagemaker", "list_model_package_groups", BY_NAME, "ModelPackageGroupSummaryList"),
    ("s3", "list_objects_v2", IN_BUCKET, "Contents"),
    ("s3", "list_objects", IN_BUCKET, "Contents"),
    ("s3", "list_object_versions", IN_BUCKET, "Versions"),
    ("s3", "list_multipart_uploads", IN_BUCKET, "Uploads"),
    ("iam", "list_roles", BY_PATH, "Roles"),
    ("iam", "list_users", BY_PATH, "Users"),
    ("iam", "list_groups", BY_PATH, "Groups"),
    ("iam", "list_policies", BY_PATH, "Policies"),
    ("iam", "list_attached_role_policies", {"RoleName": "pages-0"}, "AttachedPolicies"),
    ("iam", "list_role_policies", {"RoleName": "pages-0"}, "PolicyNames"),
    ("logs", "describe_log_groups", {"logGroupNamePrefix": "pages-"}, "logGroups"),
    ("logs", "describe_log_streams", {"logGroupName": "pages-0"}, "logStreams"),
]


@pytest.mark.parametrize(
    ("service", "operation", "params", "member"), LISTINGS, ids=[f"{row[0]}-{row[1]}" for row in LISTINGS]
)
def test_pages_of_one_hold_what_one_page_holds(
    make: Any, things: str, service: str, operation: str, params: dict[str, str], member: str
) -> None:
    client = make(service)
    pages = client.get_paginator(operation).paginate(**params, PaginationConfig={"PageSize": 1})
    found = [item for page in pages for item in page.get(member, [])]
    (whole,) = client.get_paginator(operation).paginate(**params)
    assert len(found) == COUNT
    assert _ids(found) == _ids(whole[member])


def test_listing_goes_on_where_a_token_of_the_client_says(make: Any, things: str) -> None:
    models = make("sagemaker").get_paginator("list_models")
    first = models.paginate(**BY_NAME, PaginationConfig={"MaxItems": 2, "PageSize": 1}).build_full_result()
    rest = models.paginate(
        **BY_NAME, PaginationConfig={"StartingToken": first["NextToken"]}
    ).build_full_result()
    assert sorted(_ids(first["Models"]) + _ids(rest["Models"])) == ["pages-0", "pages-1", "pages-2"]


def test_metrics_come_in_one_page(make: Any, things: str) -> None:
    # ListMetrics takes no page size: AWS answers up to 500 at once.
    pages = make("cloudwatch").get_paginator("list_metrics").paginate(Namespace=things)
    assert sorted(metric["MetricName"] for page in pages for metric in page["Metrics"]) == [
        f"{things}-{index}" for index in range(COUNT)
    ]


def _ids(items: list[Any]) -> list[str]:
    """What tells the items of a listing apart."""
    if items and isinstance(items[0], str):
        return items
    keys = [key for key in items[0] if key.endswith("Name") or key in ("Key", "logGroupName")]
    return [str(item[keys[0]]) for item in items]
