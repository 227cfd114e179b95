"""The life of a declared noun: the verbs that are derived from the model."""

from __future__ import annotations

import pytest

from clary.kernel import AwsError, FakeClock
from clary.plane import Platform
from tests.plane.tiny import ACCOUNT, JOB, REGION, ROOT, SCOPE, call, start, status


class TestCreate:
    def test_the_answer_names_it(self, small: Platform) -> None:
        arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/m"
        assert call(small, "CreateModel", ModelName="m")["ModelArn"] == arn

    def test_a_name_is_taken_once(self, small: Platform) -> None:
        call(small, "CreateModel", ModelName="m")
        with pytest.raises(AwsError) as caught:
            call(small, "CreateModel", ModelName="m")
        assert caught.value.code == "ResourceInUse"
        assert caught.value.message == f"taken arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/m"

    def test_each_account_and_region_has_its_own_names(self, small: Platform) -> None:
        call(small, "CreateModel", ModelName="m")
        small.perform("sagemaker", "CreateModel", {"ModelName": "m"}, ROOT, "us-east-1")
        small.perform("sagemaker", "CreateModel", {"ModelName": "m"}, ROOT, REGION, account="999988887777")
        with small.store.read() as tx:
            assert tx.count("sagemaker:Model", None) == 3

    def test_tags_are_no_part_of_the_document(self, small: Platform) -> None:
        made = call(small, "CreateModel", ModelName="m", Tags=[{"Key": "k", "Value": "v"}])
        with small.store.read() as tx:
            assert tx.tags(made["ModelArn"]) == {"k": "v"}
            record = tx.get("sagemaker:Model", SCOPE, "m")
        assert record is not None
        assert "Tags" not in record.spec

    def test_only_what_has_a_life_is_due(self, small: Platform, clock: FakeClock) -> None:
        call(small, "CreateModel", ModelName="m")
        start(small)
        with small.store.read() as tx:
            assert tx.next_due(["sagemaker:Model"]) is None
            assert tx.next_due(["sagemaker:TransformJob"]) == clock.now()


class TestDescribe:
    def test_echo_status_stamp_and_view(self, small: Platform, clock: FakeClock) -> None:
        start(small)
        shown = call(small, "DescribeTransformJob", TransformJobName="j")
        assert shown["TransformJobName"] == "j"
        assert shown["TransformJobStatus"] == "InProgress"
        assert shown["TransformResources"] == JOB["TransformResources"]
        assert (shown["CreationTime"], shown["FailureReason"]) == (clock.now(), "")
        assert not {"Stamped", "LastModifiedTime"} & set(shown), "the model's output has no such members"

    def test_what_is_not_there(self, small: Platform) -> None:
        with pytest.raises(AwsError) as caught:
            call(small, "DescribeModel", ModelName="no")
        assert caught.value.message == f"no arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/no"

    def test_what_belongs_to_another_account(self, small: Platform) -> None:
        call(small, "CreateModel", ModelName="m")
        with pytest.raises(AwsError):
            small.perform(
                "sagemaker", "DescribeModel", {"ModelName": "m"}, ROOT, REGION, account="999988887777"
            )


class TestStop:
    def test_a_wish_that_its_controller_sees_at_once(self, small: Platform, clock: FakeClock) -> None:
        start(small)
        clock.advance(5)
        assert call(small, "StopTransformJob", TransformJobName="j") == {}
        with small.store.read() as tx:
            record = tx.get("sagemaker:TransformJob", SCOPE, "j")
        assert record is not None
        assert (record.status, record.due, record.modified) == ("Stopping", clock.now(), clock.now())

    @pytest.mark.parametrize("final", ["Completed", "Stopped"])
    def test_what_has_ended_cannot_be_stopped(self, small: Platform, final: str) -> None:
        start(small)
        status(small, final)
        with pytest.raises(AwsError) as caught:
            call(small, "StopTransformJob", TransformJobName="j")
        assert caught.value.message == (
            f"The request was rejected because the transform job is in status {final}."
        )

    def test_twice_is_the_same(self, small: Platform) -> None:
        start(small)
        call(small, "StopTransformJob", TransformJobName="j")
        call(small, "StopTransformJob", TransformJobName="j")
        assert call(small, "DescribeTransformJob", TransformJobName="j")["TransformJobStatus"] == "Stopping"


class TestDelete:
    def test_with_its_tags(self, small: Platform) -> None:
        made = call(small, "CreateModel", ModelName="m", Tags=[{"Key": "k", "Value": "v"}])
        call(small, "DeleteModel", ModelName="m")
        with small.store.read() as tx:
            assert (tx.get("sagemaker:Model", SCOPE, "m"), tx.tags(made["ModelArn"])) == (None, {})
        call(small, "CreateModel", ModelName="m")

    def test_what_is_not_there(self, small: Platform) -> None:
        with pytest.raises(AwsError):
            call(small, "DeleteModel", ModelName="no")
