"""The keys that a run is lent: of the role of its own model or job, for its own token, while that very run goes on.

Oracle: "ExecutionRoleArn" of CreateModel ("the role that SageMaker AI can assume to access model artifacts and the image
for deployment"): each container acts as the role of its own model."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform, Record, revise
from clary.runs.api import RunSpec
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from clary.services.sagemaker.runtime import background
from tests.inprocess import ENDPOINT, InProcess, Loop
from tests.services.sagemaker import conftest as sagemaker
from tests.services.sagemaker.farm import Farm, status
from tests.support.images import XGBOOST
from tests.support.principals import ACCOUNT, allow, policy, trust
from tests.support.principals import role as make_role
from tests.support.sagemaker_requests import (
    INFERENCE,
    processing_request,
    register,
    training_request,
    transform_request,
)
from tests.support.turns import turn

Client = Callable[..., Any]
sm, stored, role, farm = sagemaker.sm, sagemaker.stored, sagemaker.role, sagemaker.farm

SCOPE = f"{ACCOUNT}/us-east-1"
Open = Callable[[RunSpec], tuple[int, str]]


def arn(role: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{role}"


def earlier_token(platform: Platform, record: Record) -> str:
    """The token that a job was given before grants named runs."""
    noun = record.kind.removeprefix("sagemaker:")
    text = f"grant/{noun}/{record.scope}/{record.id}/{record.created!r}"
    return hmac.new(platform.settings.token_key, text.encode(), hashlib.sha256).hexdigest()


def made_earlier(platform: Platform, spec: RunSpec, role: str) -> RunSpec:
    """Make endpoint `e` one of before there were grants of runs, and return what a run of it was given then."""
    with platform.store.write() as tx:
        record = tx.get("sagemaker:Endpoint", SCOPE, "e")
        assert record is not None
        private = {f"_{name}": value for name, value in record.private.items()}
        flat = {**record.spec, **record.observed, **private, "_RoleArn": role}
        record = tx.update(record.evolve(doc=flat))
        tx.sql("update resource set format = 0 where kind = 'sagemaker:Endpoint'")
    uri = spec.credentials_uri.rpartition("/")[0].replace("sagemaker:Endpoint", "Endpoint")
    return replace(spec, credentials_uri=uri, credentials_token=earlier_token(platform, record))


@pytest.fixture
def opened(app: InProcess) -> Open:
    """`opened(spec)`: what the credentials address of a run answers, and the name of the role."""

    def ask(spec: RunSpec) -> tuple[int, str]:
        path = urlsplit(spec.credentials_uri).path
        headers = {"authorization": spec.credentials_token}
        code, _, body = app.request("GET", ENDPOINT + path, headers)
        return code, json.loads(body).get("RoleArn", "").rpartition("/")[2]

    return ask


@pytest.fixture
def models(client: Client, sm: Any, stored: Any) -> None:
    """Models `prod` and `dev`, each with a role of its name."""
    for name in ("prod", "dev"):
        made = make_role(client, trust({"Service": "sagemaker.amazonaws.com"}), allow("s3:*"), name=name)
        make_model(sm, name, made)


def make_model(sm: Any, name: str, role: str) -> None:
    container = {"Image": XGBOOST, "ModelDataUrl": "s3://bucket/model.tar.gz"}
    sm.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)


def configure(sm: Any, name: str, *models: str, count: int = 1, **more: Any) -> None:
    """A configuration with a variant of its model's name for each model."""
    variants = [
        {"VariantName": one, "ModelName": one, "InstanceType": "ml.m5.large", "InitialInstanceCount": count}
        for one in models
    ]
    sm.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants, **more)


class Hosting:
    """An endpoint `e`, moved turn by turn."""

    def __init__(
        self, sm: Any, controllers: Controllers, clock: FakeClock, farm: Farm, runs: FakeExecutor
    ) -> None:
        self.sm, self.controllers, self.clock, self.farm, self.runs = sm, controllers, clock, farm, runs

    def create(self, config: str) -> None:
        self.sm.create_endpoint(EndpointName="e", EndpointConfigName=config)
        self.turn()

    def update(self, config: str) -> None:
        self.sm.update_endpoint(EndpointName="e", EndpointConfigName=config)
        self.turn()

    def turn(self, times: int = 2, seconds: float = 0.1) -> None:
        turn(self.controllers, self.clock, times, seconds)

    def in_service(self) -> None:
        self.farm.bring_up()
        self.turn()
        assert status(self.sm) == "InService"

    def specs(self, generation: int, variant: str) -> list[RunSpec]:
        part = f"-g{generation}-{variant}-"
        return [spec for run, spec in self.runs.specs.items() if part in run]

    def finish(self, spec: RunSpec) -> None:
        run = next(run for run, known in self.runs.specs.items() if known is spec)
        self.runs.finish(run, code=-15, reason="stopped")


@pytest.fixture
def hosting(
    models: None, sm: Any, controllers: Controllers, clock: FakeClock, farm: Farm, runs: FakeExecutor
) -> Hosting:
    return Hosting(sm, controllers, clock, farm, runs)


class TestEndpoints:
    @pytest.mark.parametrize("order", [("prod", "dev"), ("dev", "prod")])
    def test_a_container_acts_as_the_role_of_its_own_model(
        self, hosting: Hosting, opened: Open, order: tuple[str, str]
    ) -> None:
        configure(hosting.sm, "c", *order)
        hosting.create("c")
        for state in ("Creating", "InService"):
            for model in order:
                (spec,) = hosting.specs(1, model)
                assert opened(spec) == (200, model), state
            hosting.in_service()

    def test_a_token_opens_the_address_of_its_own_run_alone(self, hosting: Hosting, opened: Open) -> None:
        configure(hosting.sm, "c", "prod", "dev", count=2)
        hosting.create("c")
        runs = list(hosting.runs.specs.values())
        assert (
            len({spec.credentials_token for spec in runs})
            == len({spec.credentials_uri for spec in runs})
            == 4
        )
        for one in runs:
            for other in runs:
                crossed = replace(one, credentials_token=other.credentials_token)
                assert opened(crossed)[0] == (200 if one is other else 403)

    def test_a_token_that_was_changed_opens_nothing(self, hosting: Hosting, opened: Open) -> None:
        configure(hosting.sm, "c", "prod", "dev")
        hosting.create("c")
        (mine,), (prods,) = hosting.specs(1, "dev"), hosting.specs(1, "prod")
        role, _, mac = mine.credentials_token.partition(".")
        wanted = prods.credentials_token.partition(".")[0]
        assert base64.urlsafe_b64decode(wanted + "==").decode() == arn("prod")
        for token in (
            f"{wanted}.{mac}",
            mac,
            f".{mac}",
            role,
            f"{role}.",
            f"{role}.{mac}0",
            f"{role}=.{mac}",
            "é",
        ):
            assert opened(replace(mine, credentials_token=token))[0] == 403, token
        for uri in (
            mine.credentials_uri + "x",
            mine.credentials_uri + "/x",
            mine.credentials_uri.rpartition("/")[0],
        ):
            assert opened(replace(mine, credentials_uri=uri))[0] == 403, uri

    def test_what_serves_during_an_update_keeps_its_own_role(self, hosting: Hosting, opened: Open) -> None:
        configure(hosting.sm, "one", "dev")
        configure(hosting.sm, "two", "prod", "dev")
        hosting.create("one")
        hosting.in_service()
        (serving,) = hosting.specs(1, "dev")
        hosting.update("two")
        assert status(hosting.sm) == "Updating"
        assert opened(serving) == (200, "dev")
        assert [opened(spec) for spec in hosting.specs(2, "prod")] == [(200, "prod")]
        hosting.in_service()
        assert opened(serving) == (200, "dev")  # it gives its last answers
        hosting.turn(4, 1.0)
        hosting.finish(serving)
        assert opened(serving)[0] == 404
        assert [opened(spec) for spec in hosting.specs(2, "dev")] == [(200, "dev")]

    def test_a_failed_update_leaves_the_roles_as_they_were(self, hosting: Hosting, opened: Open) -> None:
        configure(hosting.sm, "one", "dev")
        configure(hosting.sm, "two", "prod")
        hosting.create("one")
        hosting.in_service()
        (serving,) = hosting.specs(1, "dev")
        hosting.update("two")
        (failed,) = hosting.specs(2, "prod")
        hosting.finish(failed)
        hosting.turn()
        assert status(hosting.sm) == "InService"
        assert opened(serving) == (200, "dev")
        assert opened(failed)[0] == 404
        hosting.finish(serving)  # its replacement is of the old plan, and so is its role
        hosting.turn(2, 1.0)
        (fresh,) = [spec for spec in hosting.specs(1, "dev") if spec is not serving]
        assert opened(fresh) == (200, "dev")
        assert opened(serving)[0] == 404

    def test_a_variant_that_is_scaled_away_is_lent_nothing(self, hosting: Hosting, opened: Open) -> None:
        configure(hosting.sm, "c", "dev", count=2)
        hosting.create("c")
        hosting.in_service()
        change = [{"VariantName": "dev", "DesiredInstanceCount": 1}]
        hosting.sm.update_endpoint_weights_and_capacities(
            EndpointName="e", DesiredWeightsAndCapacities=change
        )
        hosting.turn(4, 1.0)
        stopped = {run for run, _ in hosting.runs.stops}
        assert len(stopped) == 1
        gone = hosting.runs.specs[stopped.pop()]
        (left,) = [spec for spec in hosting.specs(1, "dev") if spec is not gone]
        hosting.finish(gone)
        assert opened(gone)[0] == 404
        assert opened(left) == (200, "dev")

    def test_an_endpoint_that_failed_is_lent_nothing(self, hosting: Hosting, opened: Open) -> None:
        configure(hosting.sm, "c", "prod", "dev")
        hosting.create("c")
        (dead,), (alive,) = hosting.specs(1, "prod"), hosting.specs(1, "dev")
        hosting.farm.bring_up()
        hosting.finish(dead)
        hosting.turn(1)
        assert status(hosting.sm) == "Failed"
        assert "running" in {hosting.runs.inspect(run).phase for run in hosting.runs.specs}
        assert [opened(spec)[0] for spec in (dead, alive)] == [404, 404]

    def test_a_deleted_endpoint_is_lent_nothing(self, hosting: Hosting, opened: Open) -> None:
        configure(hosting.sm, "c", "dev")
        hosting.create("c")
        hosting.in_service()
        (spec,) = hosting.specs(1, "dev")
        hosting.sm.delete_endpoint(EndpointName="e")
        hosting.turn(1)
        hosting.finish(spec)
        assert opened(spec)[0] == 404
        hosting.turn()
        assert opened(spec)[0] == 403

    def test_a_model_without_a_role_is_lent_nothing(self, hosting: Hosting) -> None:
        hosting.sm.create_model(ModelName="none", PrimaryContainer={"Image": XGBOOST})
        configure(hosting.sm, "c", "prod", "none")
        hosting.create("c")
        (spec,) = hosting.specs(1, "none")
        assert (spec.credentials_uri, spec.credentials_token) == ("", "")

    def test_who_changes_a_package_does_not_choose_what_runs_as_a_models_role(
        self, hosting: Hosting, opened: Open
    ) -> None:
        sm = hosting.sm
        sm.create_model_package_group(ModelPackageGroupName="g")
        package = register(sm)
        container = {"ModelPackageName": package}
        sm.create_model(ModelName="m", ExecutionRoleArn=arn("prod"), PrimaryContainer=container)
        (theirs,) = INFERENCE["Containers"]
        other = {**theirs, "ModelDataUrl": "s3://bucket/m.tar.gz", "Environment": {"EVIL": "1"}}
        sm.update_model_package(
            ModelPackageArn=package, InferenceSpecification={**INFERENCE, "Containers": [other]}
        )
        configure(sm, "c", "m")
        hosting.create("c")
        (spec,) = hosting.specs(1, "m")
        assert opened(spec) == (200, "prod")
        assert ([one.source for one in spec.inputs], "EVIL" in spec.env) == ([theirs["ModelDataUrl"]], False)

    def test_a_model_of_the_same_name_changes_nothing_of_what_serves(
        self, hosting: Hosting, opened: Open
    ) -> None:
        configure(hosting.sm, "c", "dev")
        hosting.create("c")
        hosting.in_service()
        hosting.sm.delete_model(ModelName="dev")
        make_model(hosting.sm, "dev", arn("prod"))
        (serving,) = hosting.specs(1, "dev")
        hosting.finish(serving)
        hosting.turn(2, 1.0)
        (fresh,) = [spec for spec in hosting.specs(1, "dev") if spec is not serving]
        assert opened(fresh) == (200, "dev")


def test_capture_takes_the_role_of_the_variant_that_answered(
    hosting: Hosting, client: Client, platform: Platform, loop: Loop, stored: Any
) -> None:
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://bucket/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    client("iam").put_role_policy(
        RoleName="dev",
        PolicyName="p",
        PolicyDocument=policy(allow("s3:*"), {**allow("s3:PutObject"), "Effect": "Deny"}),
    )
    configure(hosting.sm, "c", "prod", "dev", DataCaptureConfig=capture)
    hosting.create("c")
    hosting.in_service()
    for variant in ("dev", "prod"):
        client("sagemaker-runtime").invoke_endpoint(EndpointName="e", Body=b"x", TargetVariant=variant)
    loop.run(background.of(platform).capture.flush())
    found = stored.list_objects_v2(Bucket="bucket", Prefix="captured/")["Contents"]
    assert [entry["Key"].split("/")[1:3] for entry in found] == [["e", "prod"]]


class TestJobs:
    @pytest.fixture
    def started(
        self, role: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
    ) -> Callable[[str], RunSpec]:
        """`started(kind)`: the specification of a job's run, which goes on."""
        make_model(sm, "m", role)
        create = {
            "TrainingJob": lambda: sm.create_training_job(**training_request(role, "j")),
            "ProcessingJob": lambda: sm.create_processing_job(**processing_request(role, "j")),
            "TransformJob": lambda: sm.create_transform_job(**transform_request("j")),
        }

        def start(kind: str) -> RunSpec:
            create[kind]()
            turn(controllers, clock, 2, 0.1)
            (spec,) = runs.specs.values()
            return spec

        return start

    @pytest.mark.parametrize("kind", ["TrainingJob", "ProcessingJob", "TransformJob"])
    def test_a_job_is_lent_its_role_until_its_run_ends(
        self, started: Callable[[str], RunSpec], runs: FakeExecutor, opened: Open, kind: str
    ) -> None:
        spec = started(kind)
        assert opened(spec) == (200, "Jobs")
        (run,) = runs.specs
        runs.advance(run, "uploading")
        assert opened(spec) == (200, "Jobs")
        runs.finish(run)
        assert opened(spec)[0] == 404

    @pytest.mark.parametrize("kind", ["TrainingJob", "ProcessingJob", "TransformJob"])
    def test_an_address_of_earlier_goes_on_while_its_job_runs(
        self,
        started: Callable[[str], RunSpec],
        runs: FakeExecutor,
        platform: Platform,
        opened: Open,
        kind: str,
    ) -> None:
        spec = started(kind)
        with platform.store.write() as tx:
            record = tx.get(f"sagemaker:{kind}", SCOPE, "j")
            assert record is not None
            record = tx.update(revise(record, private={"RoleArn": arn("Jobs")}))
        (run,) = runs.specs
        uri = spec.credentials_uri.removesuffix(f"/{run}").replace(f"sagemaker:{kind}", kind)
        earlier = replace(
            spec,
            credentials_uri=uri,
            credentials_token=earlier_token(platform, record),
        )
        assert opened(earlier) == (200, "Jobs")
        assert opened(replace(earlier, credentials_token=spec.credentials_token))[0] == 403
        runs.finish(run)
        assert opened(earlier)[0] == 404

    @pytest.mark.parametrize(("variants", "answers"), [(["dev"], [200, 404]), (["dev", "prod"], [403, 403])])
    def test_an_address_of_earlier_is_an_endpoints_while_its_replicas_of_then_live(
        self, hosting: Hosting, platform: Platform, opened: Open, variants: list[str], answers: list[int]
    ) -> None:
        """Of several roles it could not say which of the variants it is for."""
        configure(hosting.sm, "c", *variants)
        hosting.create("c")
        hosting.in_service()
        earlier = made_earlier(platform, hosting.specs(1, "dev")[0], arn("dev"))
        found = [opened(earlier)[0]]
        hosting.finish(hosting.specs(1, "dev")[0])
        hosting.turn(6, 1.0)
        hosting.in_service()  # in a run of today
        assert [*found, opened(earlier)[0]] == answers

    def test_each_attempt_has_a_grant_of_its_own(
        self,
        role: str,
        sm: Any,
        controllers: Controllers,
        clock: FakeClock,
        runs: FakeExecutor,
        opened: Open,
    ) -> None:
        sm.create_training_job(**training_request(role, RetryStrategy={"MaximumRetryAttempts": 1}))
        turn(controllers, clock, 2, 0.1)
        ((first, lost),) = runs.specs.items()
        runs.set(first, phase="lost")
        turn(controllers, clock, 3, 0.5)
        (again,) = [spec for run, spec in runs.specs.items() if run != first]
        assert opened(lost)[0] == 404
        assert opened(again) == (200, "Jobs")

    def test_a_transform_job_acts_as_the_role_of_the_model_that_it_serves(
        self, hosting: Hosting, runs: FakeExecutor, opened: Open
    ) -> None:
        runs.full = True
        hosting.sm.create_transform_job(**transform_request(ModelName="prod"))
        hosting.turn()
        hosting.sm.delete_model(ModelName="prod")
        make_model(hosting.sm, "prod", arn("dev"))
        runs.full = False
        hosting.turn(2, 1.0)
        (spec,) = runs.specs.values()
        assert opened(spec) == (200, "dev")

    def test_a_role_that_trusts_sagemaker_no_more_is_not_lent(
        self, started: Callable[[str], RunSpec], client: Client, opened: Open
    ) -> None:
        spec = started("TrainingJob")
        trusted = trust({"Service": "lambda.amazonaws.com"})
        client("iam").update_assume_role_policy(RoleName="Jobs", PolicyDocument=trusted)
        assert opened(spec)[0] == 403


# Every kind with a controller either starts runs, and is asked about them here, or starts none.
_START_NONE = {"sagemaker:MonitoringSchedule", "cloudwatch:MetricAlarm"}
_START_RUNS = {
    "sagemaker:TrainingJob",
    "sagemaker:ProcessingJob",
    "sagemaker:TransformJob",
    "sagemaker:Endpoint",
}


def test_every_kind_of_record_that_starts_runs_is_known_here(platform: Platform) -> None:
    kinds = {kind for service in platform.services.values() for kind in service.controllers}
    assert kinds == _START_NONE | _START_RUNS


@pytest.fixture
def all_started(hosting: Hosting, role: str, sm: Any, runs: FakeExecutor) -> dict[str, dict[str, RunSpec]]:
    """The runs that a record of each kind has started."""
    configure(sm, "c", "prod", "dev", count=2)
    hosting.create("c")
    sm.create_training_job(**training_request(role))
    sm.create_processing_job(**processing_request(role))
    sm.create_transform_job(**transform_request(ModelName="prod"))
    hosting.turn(3)
    return {
        kind: {run: spec for run, spec in runs.specs.items() if f"/{kind}/" in spec.credentials_uri}
        for kind in _START_RUNS
    }


def test_a_grant_is_for_one_run_never_for_a_record(
    all_started: dict[str, dict[str, RunSpec]], runs: FakeExecutor, opened: Open
) -> None:
    """A record with several runs has no role of its own to lend: each run has a grant, which ends with that run."""
    assert {kind: len(started) for kind, started in all_started.items()} == {
        "sagemaker:TrainingJob": 1,
        "sagemaker:ProcessingJob": 1,
        "sagemaker:TransformJob": 1,
        "sagemaker:Endpoint": 4,
    }
    every = {run: spec for started in all_started.values() for run, spec in started.items()}
    assert len({spec.credentials_token for spec in every.values()}) == len(every) == len(runs.specs)
    for run, spec in every.items():
        assert spec.credentials_uri.endswith(f"/{run}")
        assert opened(spec)[0] == 200
    for run, spec in every.items():
        runs.finish(run)
        assert opened(spec)[0] == 404
