"""The keys that a run is lent: of the role of its own job, for its own token, while that very run goes on."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform, Record, revise
from clary.runs.api import RunSpec
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.security.lent_keys.lending import Client, Hosting, Open, arn, configure, make_model
from tests.support.principals import ACCOUNT, trust
from tests.support.sagemaker_requests import (
    processing_request,
    training_request,
    transform_request,
)
from tests.support.turns import turn

SCOPE = f"{ACCOUNT}/us-east-1"


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
_START_NONE = {
    "cloudwatch:MetricAlarm",
    "kms:Key",
    "ecr:LifecycleScan",
    "events:Rule",
    "lambda:EventSourceMapping",
    "lambda:Function",
    "s3:InventoryReport",
    "s3control:Job",
    "s3:LifecycleScan",
    "s3:StorageMeasurement",
    "secretsmanager:Rotation",
    "secretsmanager:Secret",
    "stepfunctions:Execution",
    "stepfunctions:ExpressExecution",
    "stepfunctions:MapRun",
    "ssm:ParameterPolicies",
    "sagemaker:HyperParameterTuningJob",
    "sagemaker:ModelCardExportJob",
    "sagemaker:ModelPackage",
    "sagemaker:MonitoringSchedule",
    "sagemaker:PipelineExecution",
    "sagemaker:PipelineExecutionStep",
}
_START_RUNS = {
    "sagemaker:TrainingJob",
    "sagemaker:ProcessingJob",
    "sagemaker:TransformJob",
    "sagemaker:Endpoint",
}
# Their runs speak to S3 through their clients, who bring their own rights, and are lent nothing.
_LENT_NOTHING = {"sagemaker:MlflowTrackingServer", "sagemaker:MlflowApp"}


def test_every_kind_of_record_that_starts_runs_is_known_here(platform: Platform) -> None:
    kinds = {kind for service in platform.services.values() for kind in service.controllers}
    assert kinds == _START_NONE | _START_RUNS | _LENT_NOTHING


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
