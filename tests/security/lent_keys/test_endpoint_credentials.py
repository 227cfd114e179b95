"""The keys that the containers of an endpoint are lent: of the role of their own model."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from clary.plane import Platform
from clary.services.sagemaker.runtime import background
from tests.inprocess import Loop
from tests.security.lent_keys.lending import Client, Hosting, Open, arn, configure, make_model
from tests.services.sagemaker.farm import status
from tests.support.images import XGBOOST
from tests.support.principals import allow, policy
from tests.support.sagemaker_requests import (
    INFERENCE,
    register,
)


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
        package = register(sm, ModelApprovalStatus="Approved")
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
