"""What a home has before an upgrade, and all that a client can read of it. Made through the API alone."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

from tests.support.images import SKLEARN
from tests.support.live import Live, make_role
from tests.support.live_jobs import archive, put_script, script_job
from tests.support.waiting import until

# Lives until `data/go` is there. Each look is made with keys of its own, so a grant that is worth nothing any more would
# end it in its tenth second.
JOB = """
import time
import boto3

def caller(**where):
    try:
        return boto3.session.Session().client("sts", **where).get_caller_identity()["Arn"].split("/")[1]
    except Exception as error:
        return repr(error)

def told():
    try:
        s3 = boto3.session.Session().client("s3")
        return s3.list_objects_v2(Bucket="data", Prefix="go").get("KeyCount")
    except Exception as error:
        return None  # no gateway listens

step = 0
while not told():
    print("step", step, flush=True)
    step += 1
    time.sleep(0.1)
print("role", caller())
print("role by the proxy", caller(endpoint_url="https://sts.us-east-1.amazonaws.com"))
print("ended after", step)
open("/opt/ml/{folder}/result", "w").write("made by the job")
"""

# Doubles numbers; asked `who`, it says as which role it acts.
MODEL = b"""
import boto3

def model_fn(folder): return 2
def input_fn(body, kind): return body.decode() if isinstance(body, bytes) else body
def predict_fn(data, model): return who() if data == "who" else model * float(data)
def output_fn(answer, accept): return str(answer), "text/csv"

def who():
    try:
        return boto3.session.Session().client("sts").get_caller_identity()["Arn"].split("/")[1]
    except Exception as error:
        return repr(error)
"""

BODIES = {"tiny": b"t" * 10, "inline": b"i" * 5000, "segment": b"s" * 50_000, "file": b"f" * 300_000}
TAGS = [{"Key": "team", "Value": "a"}, {"Key": "cost", "Value": "1"}]
ANALYZER = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
Made = dict[str, Any]


def fill(live: Live) -> Made:
    """Make one of everything; return what is needed to look at it. The endpoint answers when this returns."""
    made: Made = {}
    for part in (_objects, _identities, _observed, _registry, _endpoint, _jobs, _schedule):
        part(live, made)
    sm = live.client("sagemaker")
    until(lambda: sm.describe_endpoint(EndpointName="e")["EndpointStatus"] == "InService", 60)
    for name in ("training", "processing"):
        until(lambda name=name: any("step" in line for line in printed(live, name)), 60)
    until(lambda: sm.describe_training_job(TrainingJobName="ended")["TrainingJobStatus"] == "Completed", 60)
    until(
        lambda: (
            sm.describe_monitoring_schedule(MonitoringScheduleName="s")["MonitoringScheduleStatus"]
            == "Scheduled"
        )
    )
    return made


def _objects(live: Live, made: Made) -> None:
    s3 = live.client("s3")
    for bucket in ("data", "versioned"):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_tagging(Bucket="data", Tagging={"TagSet": TAGS})
    for key, body in BODIES.items():
        s3.put_object(Bucket="data", Key=f"k/{key}", Body=body, Metadata={"a": "b"}, ContentType="text/plain")
        s3.put_object(Bucket="versioned", Key="k", Body=body)
    s3.put_object_tagging(Bucket="data", Key="k/tiny", Tagging={"TagSet": TAGS})
    s3.delete_object(Bucket="versioned", Key="k")
    upload = s3.create_multipart_upload(Bucket="data", Key="parts")["UploadId"]
    tag = s3.upload_part(Bucket="data", Key="parts", UploadId=upload, PartNumber=1, Body=b"p" * 70_000)[
        "ETag"
    ]
    made |= {"upload": upload, "part": tag}
    made["presigned"] = s3.generate_presigned_url("get_object", Params={"Bucket": "data", "Key": "k/file"})


def _identities(live: Live, made: Made) -> None:
    iam = live.client("iam")
    made["role"] = make_role(live)
    iam.tag_role(RoleName="Jobs", Tags=TAGS)
    iam.create_user(UserName="u")
    allow = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
    made["policy"] = iam.create_policy(PolicyName="p", PolicyDocument=allow)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="u", PolicyArn=made["policy"])
    iam.put_user_policy(UserName="u", PolicyName="own", PolicyDocument=allow)
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="u")
    made["key"] = iam.create_access_key(UserName="u")["AccessKey"]
    made["session"] = live.client("sts").get_session_token()["Credentials"]


def _observed(live: Live, made: Made) -> None:
    logs, metrics = live.client("logs"), live.client("cloudwatch")
    for name, kind in (("plain", "STANDARD"), ("rare", "INFREQUENT_ACCESS")):
        logs.create_log_group(logGroupName=name, logGroupClass=kind, tags={"team": "a"})
    logs.put_retention_policy(logGroupName="plain", retentionInDays=7)
    logs.create_log_stream(logGroupName="plain", logStreamName="s")
    now = int(time.time() * 1000)
    events = [{"timestamp": now - n, "message": f"line {n}"} for n in range(5, 0, -1)]
    logs.put_log_events(logGroupName="plain", logStreamName="s", logEvents=events)
    metrics.put_metric_data(Namespace="N", MetricData=[{"MetricName": "m", "Value": 3.0}])
    metrics.put_metric_alarm(
        AlarmName="a",
        Namespace="N",
        MetricName="m",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
        Tags=TAGS,
    )
    made["alarm"] = metrics.describe_alarms(AlarmNames=["a"])["MetricAlarms"][0]["AlarmArn"]
    metrics.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="tried")


def _registry(live: Live, made: Made) -> None:
    sm, s3 = live.client("sagemaker"), live.client("s3")
    s3.put_object(Bucket="data", Key="m/model.tar.gz", Body=archive({"code/inference.py": MODEL}))
    made["package_group"] = sm.create_model_package_group(ModelPackageGroupName="g", Tags=TAGS)[
        "ModelPackageGroupArn"
    ]
    container = {"Image": SKLEARN, "ModelDataUrl": "s3://data/m/model.tar.gz"}
    inference = {
        "Containers": [container],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    made["package"] = sm.create_model_package(ModelPackageGroupName="g", InferenceSpecification=inference)[
        "ModelPackageArn"
    ]


def _endpoint(live: Live, made: Made) -> None:
    sm = live.client("sagemaker")
    environment = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
    container = {"Image": SKLEARN, "ModelDataUrl": "s3://data/m/model.tar.gz", "Environment": environment}
    sm.create_model(ModelName="e", ExecutionRoleArn=made["role"], PrimaryContainer=container, Tags=TAGS)
    variant = {
        "VariantName": "A",
        "ModelName": "e",
        "InstanceType": "ml.t2.medium",
        "InitialInstanceCount": 1,
    }
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://data/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    }
    sm.create_endpoint_config(EndpointConfigName="e", ProductionVariants=[variant], DataCaptureConfig=capture)
    sm.create_endpoint(EndpointName="e", EndpointConfigName="e", Tags=TAGS)


def _jobs(live: Live, made: Made) -> None:
    sm = live.client("sagemaker")
    put_script(live, JOB.replace("{folder}", "model"), "training")
    put_script(live, JOB.replace("{folder}", "processing/output"), "processing")
    put_script(live, "print('ran')", "ended")
    checkpoints = {"S3Uri": "s3://data/checkpoints"}
    sm.create_training_job(
        **script_job(made["role"], "training", "training", CheckpointConfig=checkpoints, Tags=TAGS)
    )
    sm.create_training_job(**script_job(made["role"], "ended", "ended"))
    sm.create_processing_job(**_processing(made["role"]))


def _processing(role: str) -> dict[str, Any]:
    source = {
        "S3Uri": "s3://data/code/processing/",
        "LocalPath": "/opt/ml/processing/code",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
    }
    result = {
        "S3Uri": "s3://data/processed",
        "LocalPath": "/opt/ml/processing/output",
        "S3UploadMode": "EndOfJob",
    }
    return {
        "ProcessingJobName": "processing",
        "RoleArn": role,
        "AppSpecification": {
            "ImageUri": SKLEARN,
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/main.py"],
        },
        "ProcessingInputs": [{"InputName": "code", "S3Input": source}],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "o", "S3Output": result}]},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        },
    }


def _schedule(live: Live, made: Made) -> None:
    sm = live.client("sagemaker")
    output = {"S3Uri": "s3://data/reports", "LocalPath": "/opt/ml/processing/output"}
    sm.create_data_quality_job_definition(
        JobDefinitionName="d",
        RoleArn=made["role"],
        DataQualityAppSpecification={"ImageUri": ANALYZER},
        DataQualityJobInput={
            "EndpointInput": {"EndpointName": "e", "LocalPath": "/opt/ml/processing/input/endpoint"}
        },
        DataQualityJobOutputConfig={"MonitoringOutputs": [{"S3Output": output}]},
        JobResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}
        },
    )
    sm.create_monitoring_schedule(
        MonitoringScheduleName="s",
        MonitoringScheduleConfig={
            "MonitoringJobDefinitionName": "d",
            "MonitoringType": "DataQuality",
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
        },
        Tags=TAGS,
    )


def printed(live: Live, job: str) -> list[str]:
    """Every message of a job's log streams."""
    logs = live.client("logs")
    group = "/aws/sagemaker/TrainingJobs" if job != "processing" else "/aws/sagemaker/ProcessingJobs"
    pages = logs.get_paginator("filter_log_events")
    try:
        found = pages.paginate(logGroupName=group, logStreamNamePrefix=f"{job}/")
        return [event["message"] for page in found for event in page["events"]]
    except logs.exceptions.ResourceNotFoundException:
        return []


def shown(live: Live, made: Made) -> dict[str, Any]:
    """Every answer of every read, by what was asked."""
    return {name: _settled(answer()) for name, answer in _reads(live, made)}


def _settled(answer: Any) -> Any:
    """Without what differs from call to call, and what a controller's look moves."""
    if isinstance(answer, dict):
        left = {"ResponseMetadata", "NextToken", "nextForwardToken", "nextBackwardToken", "Owner"}
        return {key: _settled(value) for key, value in answer.items() if key not in left}
    return [_settled(item) for item in answer] if isinstance(answer, list) else answer


Read = tuple[str, Callable[[], Any]]


def _reads(live: Live, made: Made) -> Iterator[Read]:
    for family in (_s3_reads, _iam_reads, _observed_reads, _sagemaker_reads):
        yield from family(live, made)


def _s3_reads(live: Live, made: Made) -> Iterator[Read]:
    s3 = live.client("s3")
    yield "buckets", s3.list_buckets
    yield "objects", lambda: s3.list_objects_v2(Bucket="data", Prefix="k/")
    yield "versions", lambda: s3.list_object_versions(Bucket="versioned")
    yield "versioning", lambda: s3.get_bucket_versioning(Bucket="versioned")
    yield "bucket tags", lambda: s3.get_bucket_tagging(Bucket="data")
    yield "object tags", lambda: s3.get_object_tagging(Bucket="data", Key="k/tiny")
    yield "uploads", lambda: s3.list_multipart_uploads(Bucket="data")
    yield "parts", lambda: s3.list_parts(Bucket="data", Key="parts", UploadId=made["upload"])
    for key in BODIES:
        yield f"head {key}", lambda key=key: _head(s3, f"k/{key}")
        yield f"body {key}", lambda key=key: s3.get_object(Bucket="data", Key=f"k/{key}")["Body"].read()
    yield "presigned", lambda: urllib.request.urlopen(made["presigned"], timeout=20).read()


def _iam_reads(live: Live, made: Made) -> Iterator[Read]:
    iam = live.client("iam")
    for name in ("users", "roles", "groups"):
        yield name, getattr(iam, f"list_{name}")
    yield "policies", lambda: iam.list_policies(Scope="Local")  # a later version has more of AWS's own
    yield "details", iam.get_account_authorization_details
    yield "role", lambda: iam.get_role(RoleName="Jobs")
    yield "role tags", lambda: iam.list_role_tags(RoleName="Jobs")
    yield "inline", lambda: iam.get_user_policy(UserName="u", PolicyName="own")
    yield "keys", lambda: iam.list_access_keys(UserName="u")
    key, session = made["key"], made["session"]
    yield "user", live.client("sts", key["AccessKeyId"], key["SecretAccessKey"]).get_caller_identity
    words = (session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    yield "session", live.client("sts", *words).get_caller_identity
    yield "other account", live.client("sts", *made["other"]).get_caller_identity


def _observed_reads(live: Live, made: Made) -> Iterator[Read]:
    logs, metrics = live.client("logs"), live.client("cloudwatch")
    for prefix in ("plain", "rare"):
        yield f"group {prefix}", lambda prefix=prefix: logs.describe_log_groups(logGroupNamePrefix=prefix)
        yield f"tags {prefix}", lambda prefix=prefix: logs.list_tags_log_group(logGroupName=prefix)
    yield "streams", lambda: logs.describe_log_streams(logGroupName="plain")
    yield "events", lambda: logs.get_log_events(logGroupName="plain", logStreamName="s", startFromHead=True)
    yield "alarms", metrics.describe_alarms
    yield "alarm tags", lambda: metrics.list_tags_for_resource(ResourceARN=made["alarm"])
    yield "history", lambda: metrics.describe_alarm_history(AlarmName="a")
    yield "metrics", lambda: metrics.list_metrics(Namespace="N")


def _sagemaker_reads(live: Live, made: Made) -> Iterator[Read]:
    sm = live.client("sagemaker")
    for noun in (
        "endpoints",
        "endpoint_configs",
        "models",
        "model_package_groups",
        "data_quality_job_definitions",
    ):
        yield noun, getattr(sm, f"list_{noun}")
    # Earlier versions showed the group's name as that of a version, which has none.
    yield (
        "packages",
        lambda: [
            _without(one, "ModelPackageName")
            for one in sm.list_model_packages(ModelPackageGroupName="g")["ModelPackageSummaryList"]
        ],
    )
    yield (
        "package",
        lambda: _without(sm.describe_model_package(ModelPackageName=made["package"]), "ModelPackageName"),
    )
    yield "endpoint", lambda: sm.describe_endpoint(EndpointName="e")
    yield "config", lambda: sm.describe_endpoint_config(EndpointConfigName="e")
    yield "model", lambda: sm.describe_model(ModelName="e")
    yield "ended job", lambda: sm.describe_training_job(TrainingJobName="ended")
    yield (
        "training",
        lambda: _without(sm.describe_training_job(TrainingJobName="training"), "LastModifiedTime"),
    )
    yield (
        "processing",
        lambda: _without(sm.describe_processing_job(ProcessingJobName="processing"), "LastModifiedTime"),
    )
    yield "definition", lambda: sm.describe_data_quality_job_definition(JobDefinitionName="d")
    for name, arn in _tagged(live, made).items():
        yield f"tags of {name}", lambda arn=arn: sm.list_tags(ResourceArn=arn)


def _tagged(live: Live, made: Made) -> dict[str, str]:
    sm = live.client("sagemaker")
    return {
        "model": sm.describe_model(ModelName="e")["ModelArn"],
        "endpoint": sm.describe_endpoint(EndpointName="e")["EndpointArn"],
        "training": sm.describe_training_job(TrainingJobName="training")["TrainingJobArn"],
        "schedule": sm.describe_monitoring_schedule(MonitoringScheduleName="s")["MonitoringScheduleArn"],
        "packages": made["package_group"],
    }


def _without(answer: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key not in names}


def _head(s3: Any, key: str) -> dict[str, Any]:
    """What is said of an object, but for its encryption: earlier versions said AES256 of objects that they did not encrypt."""
    said = s3.head_object(Bucket="data", Key=key)
    said.pop("ServerSideEncryption", None)
    return said
