"""AWS services see and write nothing for a customer that he may not: models, capture, reports, metrics."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform, revise
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from clary.services.sagemaker.runtime import background
from tests.inprocess import Loop
from tests.security.principals.facts import BUCKET, REGION, SOURCE, Client
from tests.services.sagemaker.farm import Farm, make_config
from tests.support.images import ANALYSER, XGBOOST
from tests.support.principals import ACCOUNT, allow, policy, user
from tests.support.sagemaker_requests import processing_request
from tests.support.turns import turn

VARIANT = {"VariantName": "A", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://bucket/captured",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}


def refusal(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def data_in(source: dict[str, str]) -> list[dict[str, Any]]:
    """Containers that name the same S3 data in every way that there is."""
    whole = {"S3DataSource": {"CompressionType": "None", **source}}
    ways: list[dict[str, Any]] = [
        {"ModelDataSource": whole},
        {"AdditionalModelDataSources": [{"ChannelName": "c", **whole}]},
    ]
    return ways + ([{"ModelDataUrl": source["S3Uri"]}] if source["S3DataType"] == "S3Object" else [])


class TestModelData:
    """CreateModel without a role tells its caller nothing that S3 would not."""

    @pytest.mark.parametrize(
        ("kind", "there", "missing"),
        [
            ("S3Object", "model.tar.gz", "model.tar"),
            ("S3Prefix", "weights/", "weight-"),
            ("S3Prefix", "w", "x"),
        ],
    )
    def test_a_stranger_cannot_tell_what_exists(
        self, stored: Any, stranger: Client, kind: str, there: str, missing: str
    ) -> None:
        theirs = stranger("sagemaker")
        said: list[tuple[str, str]] = []
        for key in (there, missing):
            for container in data_in({"S3Uri": f"s3://bucket/{key}", "S3DataType": kind}):
                request = {"ModelName": "m", "PrimaryContainer": {"Image": XGBOOST, **container}}
                code, message = refusal(theirs.create_model, **request)
                said.append((code, message.replace(key, "KEY")))
        assert set(said) == {
            (
                "ValidationException",
                'Could not access model data at s3://bucket/KEY. Please ensure that you have "s3:GetObject" '
                "permissions and that the object is located in us-east-1.",
            )
        }
        assert theirs.list_models()["Models"] == []

    def test_a_user_is_told_what_his_own_rights_tell(self, stored: Any, client: Client) -> None:
        ann = user(client, "ann", allow("sagemaker:CreateModel"), allow("s3:GetObject", BUCKET[1]))
        mine = client("sagemaker", **ann)

        def create(kind: str, key: str) -> None:
            source = {"S3Uri": f"s3://bucket/{key}", "S3DataType": kind, "CompressionType": "None"}
            container = {"Image": XGBOOST, "ModelDataSource": {"S3DataSource": source}}
            mine.create_model(ModelName=f"m-{len(key)}", PrimaryContainer=container)

        create("S3Object", "model.tar.gz")
        assert "Could not find" in refusal(create, kind="S3Object", key="none")[1]
        for key in ("weights/", "none/"):  # to see below a prefix takes s3:ListBucket
            assert "Could not access" in refusal(create, kind="S3Prefix", key=key)[1]
        statements = (allow("sagemaker:CreateModel"), allow("s3:*", BUCKET))
        client("iam").put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=policy(*statements))
        create("S3Prefix", "weights/")
        assert "Could not find" in refusal(create, kind="S3Prefix", key="none/")[1]

    def test_a_role_is_told_what_its_own_rights_tell(
        self, stored: Any, client: Client, sm: Any, role: str
    ) -> None:
        # https://github.com/philschmid/llm-sagemaker-sample/issues/2 has the sentence
        iam = client("iam")
        iam.detach_role_policy(RoleName="Jobs", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
        iam.put_role_policy(
            RoleName="Jobs", PolicyName="p", PolicyDocument=policy(allow("s3:GetObject", BUCKET[1]))
        )
        for key in ("weights/", "none/"):
            for container in data_in({"S3Uri": f"s3://bucket/{key}", "S3DataType": "S3Prefix"}):
                request = {"ModelName": "m", "ExecutionRoleArn": role}
                code, message = refusal(
                    sm.create_model, PrimaryContainer={"Image": XGBOOST, **container}, **request
                )
                assert (code, message.partition(".")[0]) == (
                    "ValidationException",
                    f"Could not access model data at s3://bucket/{key}",
                )
                assert message.endswith('please ensure that the role has "s3:ListBucket" permission.')


class TestCapture:
    """Data capture writes with the role of the model, so there must be one."""

    def model(self, sm: Any, role: str | None = None, name: str = "m") -> None:
        given = {"ExecutionRoleArn": role} if role else {}
        sm.create_model(ModelName=name, PrimaryContainer={"Image": XGBOOST}, **given)

    def config(self, sm: Any, name: str, capture: dict[str, Any] | None = CAPTURE, model: str = "m") -> None:
        more = {"DataCaptureConfig": capture} if capture else {}
        variants = [{**VARIANT, "ModelName": model}]
        sm.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants, **more)

    def serve(self, sm: Any, controllers: Controllers, clock: FakeClock, farm: Farm, config: str) -> None:
        sm.create_endpoint(EndpointName="e", EndpointConfigName=config)
        turn(controllers, clock, 2, 0.1)
        farm.bring_up()
        turn(controllers, clock, 2, 0.1)

    NO_ROLE = (
        "ValidationException",
        "Model m has no execution role, which data capture needs to write to Amazon S3. Specify ExecutionRoleArn in "
        "CreateModel.",
    )

    def test_a_configuration_needs_models_with_roles(self, sm: Any, role: str) -> None:
        self.model(sm)
        self.model(sm, role, "with")
        both = [VARIANT, {**VARIANT, "VariantName": "B", "ModelName": "with"}]
        for variants in (both, both[::-1], both[:1]):
            request = {"ProductionVariants": variants, "DataCaptureConfig": CAPTURE}
            assert refusal(sm.create_endpoint_config, EndpointConfigName="c", **request) == self.NO_ROLE
        self.config(sm, "off", {**CAPTURE, "EnableCapture": False})
        self.config(sm, "without", None)
        self.config(sm, "with", model="with")

    def test_an_endpoint_looks_at_its_models_again(
        self, sm: Any, role: str, controllers: Controllers, clock: FakeClock, farm: Farm
    ) -> None:
        self.model(sm, role)
        self.config(sm, "captures")
        self.config(sm, "plain", None)
        self.serve(sm, controllers, clock, farm, "captures")
        sm.delete_model(ModelName="m")
        self.model(sm)
        again = {"EndpointConfigName": "captures"}
        assert refusal(sm.create_endpoint, EndpointName="f", **again) == self.NO_ROLE
        assert refusal(sm.update_endpoint, EndpointName="e", **again) == self.NO_ROLE
        retained = {"EndpointName": "e", "EndpointConfigName": "plain", "RetainAllVariantProperties": True}
        assert refusal(sm.update_endpoint, **retained) == self.NO_ROLE
        kinds = [{"VariantPropertyType": "DataCaptureConfig"}]
        sm.update_endpoint(**retained, ExcludeRetainedVariantProperties=kinds)

    def test_an_endpoint_of_earlier_without_a_role_writes_nothing(
        self,
        stored: Any,
        sm: Any,
        client: Client,
        platform: Platform,
        loop: Loop,
        controllers: Controllers,
        clock: FakeClock,
        farm: Farm,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        self.model(sm)
        self.config(sm, "plain", None)
        self.serve(sm, controllers, clock, farm, "plain")
        with platform.store.write() as tx:  # as a version made it that did not ask for a role
            record = tx.get("sagemaker:Endpoint", f"{ACCOUNT}/{REGION}", "e")
            assert record is not None
            tx.update(revise(record, private={"served": {**record.private["served"], "capture": CAPTURE}}))
        state, runtime = background.of(platform), client("sagemaker-runtime")
        loop.run(state.routes.refresh())
        with caplog.at_level(logging.WARNING):
            for body in (b"a", b"b", b"c"):
                answer = runtime.invoke_endpoint(EndpointName="e", Body=body, ContentType="text/csv")
                assert answer["Body"].read() == body
                loop.run(state.capture.flush())
        said = [line.getMessage() for line in caplog.records if "not captured" in line.getMessage()]
        assert said == [
            f"invocations of variant A of {SOURCE} are not captured: its model has no execution role"
        ]
        assert "Contents" not in stored.list_objects_v2(Bucket="bucket", Prefix="captured")


class TestMonitoring:
    """An execution looks for captured data as the schedule's role."""

    @pytest.fixture
    def hours(
        self, stored: Any, sm: Any, role: str, controllers: Controllers, clock: FakeClock, farm: Farm
    ) -> Callable[[], list[str]]:
        """The folders that an execution over three hours takes; there is data in the first of them."""
        clock.advance(-clock.now() % 3600 + 1200)
        make_config(sm, role, "plain")
        sm.create_endpoint_config(
            EndpointConfigName="c", ProductionVariants=[VARIANT], DataCaptureConfig=CAPTURE
        )
        sm.create_endpoint(EndpointName="e", EndpointConfigName="c")
        turn(controllers, clock, 2, 0.1)
        farm.bring_up()
        turn(controllers, clock, 2, 0.1)
        target = {"S3Uri": "s3://bucket/reports", "LocalPath": "/opt/ml/processing/output"}
        definition = {
            "MonitoringInputs": [
                {"EndpointInput": {"EndpointName": "e", "LocalPath": "/opt/ml/processing/input"}}
            ],
            "MonitoringOutputConfig": {"MonitoringOutputs": [{"S3Output": target}]},
            "MonitoringResources": {
                "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
            },
            "MonitoringAppSpecification": {"ImageUri": ANALYSER},
            "RoleArn": role,
        }
        timing = {
            "ScheduleExpression": "NOW",
            "DataAnalysisStartTime": "-PT3H",
            "DataAnalysisEndTime": "-PT0H",
        }
        config = {
            "ScheduleConfig": timing,
            "MonitoringJobDefinition": definition,
            "MonitoringType": "DataQuality",
        }

        def run() -> list[str]:
            sm.create_monitoring_schedule(MonitoringScheduleName="s", MonitoringScheduleConfig=config)
            turn(controllers, clock, 2)
            (job,) = sm.list_processing_jobs()["ProcessingJobSummaries"]
            shown = sm.describe_processing_job(ProcessingJobName=job["ProcessingJobName"])
            return [item["S3Input"]["S3Uri"] for item in shown["ProcessingInputs"]]

        return run

    @pytest.fixture(autouse=True)
    def _signed_by_the_same_clock(self, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
        from datetime import UTC, datetime

        def now(remove_tzinfo: bool = True) -> datetime:
            moment = datetime.fromtimestamp(clock.now(), UTC)
            return moment.replace(tzinfo=None) if remove_tzinfo else moment

        monkeypatch.setattr("botocore.auth.get_current_datetime", now)

    def folder(self, clock: FakeClock, ago: int) -> str:
        from datetime import UTC, datetime

        return f"captured/e/A/{datetime.fromtimestamp(clock.now() - ago * 3600, UTC):%Y/%m/%d/%H}/"

    def test_a_role_that_may_list_finds_the_hours_with_data(
        self, hours: Callable[[], list[str]], stored: Any, clock: FakeClock
    ) -> None:
        then = self.folder(clock, 2)
        stored.put_object(Bucket="bucket", Key=f"{then}x.jsonl", Body=b"{}")
        assert hours() == [f"s3://bucket/{then}"]

    @pytest.mark.parametrize("there", [True, False])
    def test_a_role_that_may_not_is_told_nothing(
        self, hours: Callable[[], list[str]], stored: Any, clock: FakeClock, there: bool
    ) -> None:
        now, then = self.folder(clock, 0), self.folder(clock, 2)
        if there:
            stored.put_object(Bucket="bucket", Key=f"{then}x.jsonl", Body=b"{}")
        deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:ListBucket", "Resource": BUCKET[0]}
        stored.put_bucket_policy(Bucket="bucket", Policy=policy(deny))
        assert hours() == [f"s3://bucket/{now}"]


class TestMetrics:
    """What a processing job's program measured is published as the job's role."""

    LINE = {"MetricName": "m", "Value": 0.4, "Dimensions": [], "Namespace": "Mine"}

    @pytest.mark.parametrize(
        ("statements", "published"),
        [
            ([], False),
            ([allow("cloudwatch:PutMetricData")], True),
            ([allow("*"), {**allow("cloudwatch:PutMetricData"), "Effect": "Deny"}], False),
            (
                [
                    {
                        **allow("cloudwatch:PutMetricData"),
                        "Condition": {"StringEquals": {"cloudwatch:namespace": "Other"}},
                    }
                ],
                False,
            ),
        ],
    )
    def test_a_role_without_the_right_publishes_nothing(
        self,
        sm: Any,
        role: str,
        client: Client,
        controllers: Controllers,
        clock: FakeClock,
        runs: FakeExecutor,
        statements: list[dict[str, Any]],
        published: bool,
    ) -> None:
        document = policy(*statements, allow("sts:GetCallerIdentity"))
        client("iam").put_role_policy(RoleName="Jobs", PolicyName="p", PolicyDocument=document)
        sm.create_processing_job(**processing_request(role))
        turn(controllers, clock, 2)
        (run,) = runs.specs
        runs.put_file(run, "output/metrics/cloudwatch", json.dumps(self.LINE).encode())
        runs.finish(run)
        turn(controllers, clock, 2)
        assert sm.describe_processing_job(ProcessingJobName="p")["ProcessingJobStatus"] == "Completed"
        found = [metric["MetricName"] for metric in client("cloudwatch").list_metrics()["Metrics"]]
        assert found == (["m"] if published else [])
