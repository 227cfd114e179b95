"""Lanes that are full, and polls that last."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from clary.kernel import AwsError
from clary.plane import Context, Platform, Service
from clary.store.api import Busy
from tests.plane.probes import Params, outside
from tests.plane.tiny import REGION, ROOT, call


class TestTooMuchAtOnce:
    @pytest.fixture(autouse=True)
    def busy(self, service: Service) -> None:
        @service.operation
        def create_model(ctx: Context, params: Params) -> Params:
            raise Busy("somebody else writes")

    def test_a_client_is_told_in_its_protocol(self, small: Platform) -> None:
        with pytest.raises(AwsError) as caught:
            outside(small, "CreateModel", ModelName="m")
        assert (caught.value.code, caught.value.status) == ("ThrottlingException", 400)

    def test_a_caller_inside_learns_the_thing_itself(self, small: Platform) -> None:
        with pytest.raises(Busy):
            call(small, "CreateModel", ModelName="m")


class TestLongPolls:
    """TERM ends them at once: they answer what they have, or that the platform is being stopped."""

    def ended(self, small: Platform) -> Params:
        async def story() -> Params:
            ctx = small.context("sagemaker", "DescribeModel", ROOT, REGION)
            action = small.action("sagemaker", "DescribeModel")
            task = asyncio.create_task(small.answer(ctx, action, {"ModelName": "m"}, dict))
            await asyncio.sleep(0.01)
            small.signals.close()
            return await task

        return asyncio.run(story())

    def test_what_they_have(self, small: Platform, service: Service) -> None:
        @service.operation
        async def describe_model(ctx: Context, params: Params) -> Params:
            async def look() -> str:
                return ""

            return {"ModelArn": await ctx.platform.signals.poll(["topic"], look, 30)}

        assert self.ended(small) == {"ModelArn": ""}

    def test_or_that_nothing_is_answered(self, small: Platform, service: Service) -> None:
        @service.operation
        async def describe_model(ctx: Context, params: Params) -> Params:
            await ctx.platform.signals.wait("topic", 30)
            return {}

        with pytest.raises(AwsError) as caught:
            self.ended(small)
        assert (caught.value.code, caught.value.status) == ("ServiceUnavailable", 503)

    def test_they_are_woken_after_a_commit(self, small: Platform, service: Service) -> None:
        @service.operation
        def create_model(ctx: Context, params: Params) -> Params:
            ctx.tx.tag("arn", {"k": "v"})
            ctx.notify("topic")
            return {}

        @service.operation
        async def describe_model(ctx: Context, params: Params) -> Params:
            async def look() -> Any:
                return await ctx.transact(lambda tx: tx.tags("arn"))

            return {"ModelArn": str(await ctx.platform.signals.poll(["topic"], look, 30))}

        async def story() -> Params:
            poll = asyncio.create_task(
                small.aperform("sagemaker", "DescribeModel", {"ModelName": "m"}, ROOT, REGION)
            )
            await asyncio.sleep(0)
            await small.aperform("sagemaker", "CreateModel", {"ModelName": "m"}, ROOT, REGION)
            return await poll

        assert asyncio.run(story()) == {"ModelArn": "{'k': 'v'}"}

    def test_not_after_a_failure(self, small: Platform, service: Service) -> None:
        @service.operation
        def create_model(ctx: Context, params: Params) -> Params:
            ctx.notify("topic")
            raise AwsError("ValidationException", "no")

        with small.signals.watch("topic") as watch:
            with pytest.raises(AwsError):
                outside(small, "CreateModel", ModelName="m")
            assert not watch.take()
