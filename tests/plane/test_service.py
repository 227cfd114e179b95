"""How a service registers what answers, and how a platform finds and performs it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from clary.kernel import AwsError
from clary.plane import Context, Noun, Platform, Record, Service, Step
from clary.plane.action import Lane, lane_of
from clary.store.feed import Observe
from tests.plane.tiny import REGION, ROOT, SCOPE, call


class TestRegistering:
    def test_a_function_answers_the_operation_of_its_name(self) -> None:
        service = Service("sagemaker")

        @service.operation(on="model/{ModelName}", action="MakeModel")
        def create_model(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
            return {}

        action = service.actions["CreateModel"]
        assert (action.handler, action.target, action.name) == (
            create_model,
            "model/{ModelName}",
            "sagemaker:MakeModel",
        )
        assert action.lane == "write"

    def test_a_coroutine_streams(self) -> None:
        service = Service("sagemaker")

        @service.operation
        async def create_model(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
            return {}

        assert service.actions["CreateModel"].lane == "stream"

    @pytest.mark.parametrize(
        ("operation", "lane"),
        [
            ("DescribeModel", "read"),
            ("ListModels", "read"),
            ("FilterLogEvents", "read"),
            ("CreateModel", "write"),
            ("PutMetricData", "write"),
            ("AssumeRole", "write"),
        ],
    )
    def test_a_function_has_the_lane_of_its_verb(self, operation: str, lane: Lane) -> None:
        assert lane_of(operation, lambda ctx, params: {}) == lane

    @pytest.mark.parametrize("lane", ["read", "heavy_read", "write", "compute"])
    def test_a_lane_can_be_stated(self, lane: Lane) -> None:
        service = Service("sagemaker")
        service.answer("CreateModel", lambda ctx, params: {}, lane=lane)
        assert service.actions["CreateModel"].lane == lane

    def test_a_lane_in_which_the_handler_cannot_run(self) -> None:
        async def waits(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
            return {}

        service = Service("sagemaker")
        with pytest.raises(TypeError, match="stream"):
            service.answer("CreateModel", lambda ctx, params: {}, lane="stream")
        with pytest.raises(TypeError, match="stream"):
            service.answer("CreateModel", waits, lane="compute")
        with pytest.raises(TypeError, match="heavy"):
            service.answer("CreateModel", lambda ctx, params: {}, heavy=lambda params: True)

    def test_names_with_abbreviations(self) -> None:
        assert Service("cloudwatch").name_of("put_metric_data") == "PutMetricData"
        assert Service("sagemaker").name_of("create_auto_ml_job_v2") == "CreateAutoMLJobV2"

    def test_what_the_model_does_not_have(self) -> None:
        with pytest.raises(LookupError, match="create_nonsense"):
            Service("sagemaker").name_of("create_nonsense")

    def test_what_is_written_by_hand_is_not_derived(self) -> None:
        service = Service("sagemaker")

        @service.operation
        def describe_model(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
            return {}

        service.noun(Noun("Model", arn="model/{ModelName}"))
        assert service.actions["DescribeModel"].handler is describe_model
        assert service.actions["CreateModel"].target == "model/{ModelName}"
        assert service.actions["ListModels"].target == "*"

    def test_only_verbs_of_the_model_are_derived(self) -> None:
        service = Service("sagemaker")
        service.noun(Noun("Model", arn="model/{ModelName}"))
        assert "StopModel" not in service.actions


class TestKinds:
    """Many services have a noun of the same name: Endpoint, Model, Pipeline, Domain …"""

    def test_a_kind_is_of_its_service(self) -> None:
        kinds = {Service(name).declare(Noun("Endpoint", arn="x")).kind for name in ("sagemaker", "events")}
        assert kinds == {"sagemaker:Endpoint", "events:Endpoint"}

    def test_records_of_two_services_do_not_meet(self, small: Platform) -> None:
        with small.store.write() as tx:
            for name in ("sagemaker", "codepipeline"):
                noun = Service(name).declare(Noun("Pipeline", arn="pipeline/{PipelineName}"))
                tx.insert(Record(noun.kind, SCOPE, "nightly"))
            assert tx.count("sagemaker:Pipeline", SCOPE) == 1

    def test_one_noun_twice(self) -> None:
        service = Service("sagemaker")
        service.declare(Noun("Model", arn="model/{ModelName}"))
        with pytest.raises(ValueError, match="Model"):
            service.declare(Noun("Model", arn="model/{ModelName}"))

    def test_one_controller_for_a_kind(self) -> None:
        service = Service("sagemaker")
        noun = service.declare(Noun("Model", arn="model/{ModelName}"))
        service.controller(noun)(lambda record, world: Step())
        with pytest.raises(ValueError, match="sagemaker:Model"):
            service.controller(noun)(lambda record, world: Step())


class TestPerforming:
    @pytest.mark.parametrize(
        ("endpoint", "operation"), [("sagemaker", "CreateDomain"), ("nonsense", "X"), ("s3", "PutObject")]
    )
    def test_what_is_not_there_says_so(self, small: Platform, endpoint: str, operation: str) -> None:
        with pytest.raises(AwsError) as caught:
            small.perform(endpoint, operation, {}, ROOT, REGION)
        assert (caught.value.code, caught.value.status) == ("NotImplemented", 501)
        assert f"{endpoint}:{operation}" in caught.value.message

    def test_calls_from_inside_are_checked_alike(self, small: Platform) -> None:
        with pytest.raises(AwsError) as caught:
            call(small, "CreateModel", ModelName="not a name")
        assert caught.value.code == "ValidationException"

    def test_a_call_in_a_transaction_happens_with_it(self, small: Platform) -> None:
        def create_and_die() -> None:
            with small.transaction(write=True) as unit:
                small.perform("sagemaker", "CreateModel", {"ModelName": "m"}, ROOT, REGION, unit=unit)
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            create_and_die()
        with small.store.read() as tx:
            assert tx.count("sagemaker:Model", None) == 0

    def test_a_plain_one_can_be_awaited(self, small: Platform) -> None:
        answer = asyncio.run(small.aperform("sagemaker", "CreateModel", {"ModelName": "m"}, ROOT, REGION))
        assert answer["ModelArn"].endswith(":model/m")

    def test_a_handler_that_only_reads_cannot_write(self, small: Platform, service: Service) -> None:
        @service.operation
        def describe_model(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
            ctx.tx.tag("arn", {"a": "b"})
            return {}

        with pytest.raises(Exception, match="readonly"):
            asyncio.run(small.aperform("sagemaker", "DescribeModel", {"ModelName": "m"}, ROOT, REGION))


class TestUpgrades:
    def test_the_functions_of_a_noun_are_kept_in_order_by_its_kind(self, service: Service) -> None:
        first = service.upgrade("Model", since=1)(lambda doc: doc | {"a": 1})
        second = service.upgrade("Model", since=2)(lambda doc: doc | {"b": 2})
        assert service.upgrades == {"sagemaker:Model": [first, second]}

    @pytest.mark.parametrize("since", [0, 2])
    def test_a_number_out_of_order_is_a_mistake(self, service: Service, since: int) -> None:
        with pytest.raises(ValueError, match="next format of sagemaker:Model is 1"):
            service.upgrade("Model", since=since)(lambda doc: doc)


def test_what_is_observed_is_kept_by_kind(service: Service) -> None:
    service.observe("Model", "ExecutionRoleArn", tags=True)
    assert service.observed == {"sagemaker:Model": Observe(("ExecutionRoleArn",), tags=True)}


class TestContext:
    def test_scope_and_arn(self, small: Platform) -> None:
        ctx = small.context("sagemaker", "CreateModel", ROOT, "eu-west-1", account="999988887777")
        assert ctx.scope == "999988887777/eu-west-1"
        assert ctx.arn("model/m") == "arn:aws:sagemaker:eu-west-1:999988887777:model/m"
        assert ctx.arn("x", "logs").startswith("arn:aws:logs:")

    def test_the_partition_is_the_platforms_wherever_a_call_is_signed_for(self, small: Platform) -> None:
        ctx = small.context("sagemaker", "CreateModel", ROOT, "cn-north-1")
        assert ctx.partition == "aws"

    def test_one_service_calls_another_as_the_same_caller(self, small: Platform, service: Service) -> None:
        seen: list[Context] = []

        @service.operation
        def describe_model(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
            seen.append(ctx)
            return {"ModelName": "inner", "_private": 1}

        @service.operation
        def create_model(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
            seen.append(ctx)
            return {"ModelArn": str(ctx.call("sagemaker", "DescribeModel", {"ModelName": "m"}))}

        assert call(small, "CreateModel", ModelName="m") == {"ModelArn": "{'ModelName': 'inner'}"}
        outer, inner = seen
        assert (inner.caller, inner.account, inner.inside) == (ROOT, ROOT.account, True)
        assert inner.tx is outer.tx
