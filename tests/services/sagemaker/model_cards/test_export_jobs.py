"""Export of model cards to PDF (https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards-export.html,
API_CreateModelCardExportJob.html)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform, World
from clary.server.loop import Controllers
from clary.services.sagemaker.model_cards.export_jobs import export
from tests.services.sagemaker.model_cards.content import FULL, text
from tests.services.sagemaker.model_cards.pdf_reader import Pdf
from tests.support.principals import allow, user
from tests.support.turns import turn

CARD = {"ModelCardName": "c"}
WHERE = {"S3OutputPath": "s3://bucket/cards/"}
ARN = "arn:aws:sagemaker:us-east-1:111122223333:model-card/c/export-job/j"


@pytest.fixture
def card(sm: Any, stored: Any) -> None:
    sm.create_model_card(**CARD, Content=json.dumps(FULL), ModelCardStatus="Draft")


def ask(sm: Any, name: str = "j", **more: Any) -> str:
    asked = {**CARD, "ModelCardExportJobName": name, "OutputConfig": WHERE, **more}
    return sm.create_model_card_export_job(**asked)["ModelCardExportJobArn"]


def described(sm: Any, arn: str = ARN) -> dict[str, Any]:
    return sm.describe_model_card_export_job(ModelCardExportJobArn=arn)


def exported(sm: Any, s3: Any, arn: str = ARN) -> Pdf:
    uri = described(sm, arn)["ExportArtifacts"]["S3ExportArtifacts"]
    found = s3.get_object(Bucket="bucket", Key=uri.removeprefix("s3://bucket/"))
    assert found["ContentType"] == "application/pdf"
    return Pdf(found["Body"].read())


def test_a_card_is_exported(
    card: None, sm: Any, stored: Any, controllers: Controllers, clock: FakeClock
) -> None:
    assert ask(sm) == ARN
    assert described(sm)["Status"] == "InProgress"
    turn(controllers, clock)
    shown = described(sm)
    assert (shown["Status"], shown["ModelCardVersion"], shown["OutputConfig"]) == ("Completed", 1, WHERE)
    assert shown["ExportArtifacts"]["S3ExportArtifacts"] == "s3://bucket/cards/c-1-j.pdf"
    assert shown["CreatedAt"] <= shown["LastModifiedAt"]
    file = exported(sm, stored)
    lines = file.text().split("\n")
    for said in ("c", "Draft", "churn", "To find who (soon) leaves \\ us.", "Zoë", "rmse", "10 | 2", "0.91"):
        assert said in lines
    assert "-1 to 3; x: a, b, c; y: weight" in lines
    assert json.loads(file.attachment()) == FULL


def test_an_earlier_version_is_exported(
    card: None, sm: Any, stored: Any, controllers: Controllers, clock: FakeClock
) -> None:
    sm.update_model_card(**CARD, Content=text(business_details={"line_of_business": "second"}))
    arns = [ask(sm, "first", ModelCardVersion=1), ask(sm, "newest")]
    turn(controllers, clock)
    assert [described(sm, arn)["ModelCardVersion"] for arn in arns] == [1, 2]
    assert "churn" in exported(sm, stored, arns[0]).text()
    assert "second" in exported(sm, stored, arns[1]).text()


def test_a_step_that_is_done_again_changes_nothing(
    card: None, sm: Any, stored: Any, platform: Platform, controllers: Controllers, clock: FakeClock
) -> None:
    """A process that was killed after the file was written and before the record."""
    ask(sm)
    with platform.store.read() as tx:
        job = tx.by_arn(ARN)
    assert job is not None
    world = World(platform, clock.now(), job, "sagemaker.amazonaws.com")
    assert export(job, world).status == "Completed"
    before = stored.get_object(Bucket="bucket", Key="cards/c-1-j.pdf")
    assert described(sm)["Status"] == "InProgress"
    turn(controllers, clock)
    assert described(sm)["Status"] == "Completed"
    assert stored.get_object(Bucket="bucket", Key="cards/c-1-j.pdf")["ETag"] == before["ETag"]


def test_a_job_needs_a_card_a_version_and_a_name_of_its_own(card: None, sm: Any) -> None:
    for more in ({"ModelCardName": "x"}, {"ModelCardVersion": 2}, {"ModelCardVersion": -3}):
        with pytest.raises(sm.exceptions.ResourceNotFound, match="Requested resource not found"):
            ask(sm, **more)
    with pytest.raises(ClientError, match="with OutputConfig outside of S3"):
        ask(sm, OutputConfig={"S3OutputPath": "https://bucket/x"})
    assert sm.list_model_card_export_jobs(**CARD)["ModelCardExportJobSummaries"] == []
    ask(sm)
    with pytest.raises(sm.exceptions.ConflictException, match=f"{ARN} already exists"):
        ask(sm)
    with pytest.raises(sm.exceptions.ResourceNotFound):
        described(sm, ARN + "x")


def test_a_card_that_is_archived_can_be_exported_by_its_arn(
    card: None, sm: Any, stored: Any, controllers: Controllers, clock: FakeClock
) -> None:
    # "The model card is archived … but it can still be exported" (ModelCardStatus)
    sm.update_model_card(**CARD, ModelCardStatus="Archived")
    ask(sm, ModelCardName=ARN.partition("/export-job/")[0])
    turn(controllers, clock)
    assert "Archived" in exported(sm, stored).text()


def test_a_place_that_is_not_there(card: None, sm: Any, controllers: Controllers, clock: FakeClock) -> None:
    ask(sm, OutputConfig={"S3OutputPath": "s3://nowhere/cards"})
    turn(controllers, clock)
    shown = described(sm)
    assert shown["Status"] == "Failed"
    assert "NoSuchBucket" in shown["FailureReason"]
    assert "ExportArtifacts" not in shown


def test_the_file_is_written_with_the_rights_of_who_asked(
    card: None,
    sm: Any,
    stored: Any,
    client: Callable[..., Any],
    controllers: Controllers,
    clock: FakeClock,
) -> None:
    arns = []
    for name, more in (("reader", []), ("writer", [allow("s3:PutObject", "arn:aws:s3:::bucket/cards/*")])):
        theirs = client("sagemaker", **user(client, name, allow("sagemaker:*"), *more))
        arns.append(ask(theirs, name))
    turn(controllers, clock)
    refused, written = (described(sm, arn) for arn in arns)
    assert (refused["Status"], written["Status"]) == ("Failed", "Completed")
    assert "AccessDenied" in refused["FailureReason"]
    assert [one["Key"] for one in stored.list_objects_v2(Bucket="bucket", Prefix="cards/")["Contents"]] == [
        "cards/c-1-writer.pdf"
    ]


def test_rights_that_are_taken_meanwhile_are_gone(
    card: None,
    sm: Any,
    stored: Any,
    client: Callable[..., Any],
    controllers: Controllers,
    clock: FakeClock,
) -> None:
    theirs = client("sagemaker", **user(client, "ann", allow(["sagemaker:*", "s3:*"])))
    ask(theirs)
    client("iam").delete_user_policy(UserName="ann", PolicyName="p")
    turn(controllers, clock)
    assert described(sm)["Status"] == "Failed"


def test_jobs_are_listed(card: None, sm: Any, controllers: Controllers, clock: FakeClock) -> None:
    sm.create_model_card(ModelCardName="d", Content="{}", ModelCardStatus="Draft")
    sm.update_model_card(**CARD, Content="{}")
    for name, more in (("b", {}), ("a", {"ModelCardVersion": 1}), ("x", {"ModelCardName": "d"})):
        ask(sm, name, **more)
        clock.advance(10)
    turn(controllers, clock)
    ask(sm, "ab")

    def names(**asked: Any) -> list[str]:
        found = sm.list_model_card_export_jobs(**CARD, **asked)["ModelCardExportJobSummaries"]
        assert all(one["ModelCardExportJobArn"].startswith(ARN[:-1]) for one in found)
        return [one["ModelCardExportJobName"] for one in found]

    assert names(SortBy="Name", SortOrder="Ascending") == ["a", "ab", "b"]
    assert names(SortBy="CreationTime", SortOrder="Ascending") == ["b", "a", "ab"]
    assert names(SortBy="Status", SortOrder="Descending")[0] == "ab"
    assert names(StatusEquals="InProgress") == ["ab"]
    assert names(ModelCardVersion=1) == ["a"]
    assert sorted(names(ModelCardExportJobNameContains="b")) == ["ab", "b"]


def test_jobs_go_with_their_card(card: None, sm: Any, controllers: Controllers, clock: FakeClock) -> None:
    ask(sm)
    sm.delete_model_card(**CARD)
    turn(controllers, clock)
    with pytest.raises(sm.exceptions.ResourceNotFound):
        described(sm)
