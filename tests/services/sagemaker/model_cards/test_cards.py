"""Model cards and their versions
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelCard.html and its neighbours)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform
from tests.services.sagemaker.model_cards.content import FULL, text

ARN = "arn:aws:sagemaker:us-east-1:111122223333:model-card/"
NAMED = {"ModelCardName": "c"}


@pytest.fixture
def card(sm: Any) -> str:
    return make(sm, "c")


def make(sm: Any, name: str, status: str = "Draft", **content: Any) -> str:
    return sm.create_model_card(ModelCardName=name, Content=text(**content), ModelCardStatus=status)[
        "ModelCardArn"
    ]


def test_a_card_is_described_with_its_content(sm: Any) -> None:
    arn = sm.create_model_card(
        **NAMED,
        Content=json.dumps(FULL),
        ModelCardStatus="Draft",
        Tags=[{"Key": "a", "Value": "b"}],
    )["ModelCardArn"]
    assert arn == f"{ARN}c"
    for name in ("c", arn):
        shown = sm.describe_model_card(ModelCardName=name)
        assert json.loads(shown["Content"]) == FULL
        assert (shown["ModelCardVersion"], shown["ModelCardStatus"]) == (1, "Draft")
        # IamIdentity is "associated with model package groups, model packages, and project entities only".
        assert shown["CreatedBy"] == shown["LastModifiedBy"] == {}
        assert shown["CreationTime"] == shown["LastModifiedTime"]
    metadata = sm.describe_model_card(**NAMED, IncludedData="MetadataOnly")
    assert set(json.loads(metadata["Content"])) == {"model_overview", "intended_uses"}
    assert sm.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_name_is_taken_once(card: str, sm: Any) -> None:
    with pytest.raises(sm.exceptions.ConflictException, match=f"{ARN}c already exists"):
        make(sm, "c")
    assert len(sm.list_model_card_versions(**NAMED)["ModelCardVersionSummaryList"]) == 1


def test_other_content_is_refused_and_changes_nothing(card: str, sm: Any) -> None:
    for call in (
        lambda: make(sm, "d", intended_uses={"risk_rating": "Severe"}),
        lambda: sm.update_model_card(**NAMED, Content="{"),
    ):
        with pytest.raises(ClientError, match="ValidationException"):
            call()
    assert [one["ModelCardName"] for one in sm.list_model_cards()["ModelCardSummaries"]] == ["c"]
    assert sm.describe_model_card(**NAMED)["ModelCardVersion"] == 1


def test_a_key_of_ones_own_is_refused_by_name(sm: Any) -> None:
    with pytest.raises(ClientError, match=r"CreateModelCard with SecurityConfig\.KmsKeyId"):
        sm.create_model_card(**NAMED, Content="{}", ModelCardStatus="Draft", SecurityConfig={"KmsKeyId": "k"})


def test_other_content_is_another_version(card: str, sm: Any, clock: FakeClock) -> None:
    # "Any edits other than an approval status update … result in additional model card versions"
    clock.advance(10)
    sm.update_model_card(**NAMED, Content=text(business_details={"line_of_business": "b"}))
    clock.advance(10)
    sm.update_model_card(ModelCardName=card, ModelCardStatus="Approved")
    newest = sm.describe_model_card(**NAMED)
    assert (newest["ModelCardVersion"], newest["ModelCardStatus"]) == (2, "Approved")
    assert newest == {
        **sm.describe_model_card(**NAMED, ModelCardVersion=2),
        "ResponseMetadata": newest["ResponseMetadata"],
    }
    first = sm.describe_model_card(**NAMED, ModelCardVersion=1)
    assert (first["Content"], first["ModelCardStatus"]) == ("{}", "Draft")
    assert first["LastModifiedTime"] < newest["CreationTime"] < newest["LastModifiedTime"]


def test_content_and_status_are_not_changed_together(card: str, sm: Any) -> None:
    said = "You cannot update both model card content and model card status in a single call"
    with pytest.raises(ClientError, match=said):
        sm.update_model_card(**NAMED, Content="{}", ModelCardStatus="Approved")
    assert sm.describe_model_card(**NAMED)["ModelCardStatus"] == "Draft"


def test_an_archived_card_keeps_its_content(card: str, sm: Any) -> None:
    sm.update_model_card(**NAMED, ModelCardStatus="Archived")
    with pytest.raises(ClientError, match="Model Card is in Archived state"):
        sm.update_model_card(**NAMED, Content="{}")
    sm.update_model_card(**NAMED, ModelCardStatus="PendingReview")
    sm.update_model_card(**NAMED, Content="{}")
    assert sm.describe_model_card(**NAMED)["ModelCardVersion"] == 2


def test_cards_that_are_not_there(card: str, sm: Any) -> None:
    for call in (
        lambda: sm.describe_model_card(ModelCardName="x"),
        lambda: sm.describe_model_card(ModelCardName=f"{ARN}x"),
        lambda: sm.describe_model_card(ModelCardName=card.replace("111122223333", "444455556666")),
        lambda: sm.describe_model_card(**NAMED, ModelCardVersion=2),
        lambda: sm.describe_model_card(**NAMED, ModelCardVersion=-1),
        lambda: sm.update_model_card(ModelCardName="x", ModelCardStatus="Draft"),
        lambda: sm.list_model_card_versions(ModelCardName="x"),
        lambda: sm.delete_model_card(ModelCardName="x"),
    ):
        with pytest.raises(sm.exceptions.ResourceNotFound, match=r"Requested resource not found\."):
            call()


def test_a_card_goes_with_its_versions(card: str, sm: Any, platform: Platform) -> None:
    other = make(sm, "c-2")
    for _ in range(3):
        sm.update_model_card(**NAMED, Content="{}")
    sm.delete_model_card(**NAMED)
    with pytest.raises(sm.exceptions.ResourceNotFound):
        sm.describe_model_card(**NAMED)
    with platform.store.read() as tx:
        (left,) = tx.list("sagemaker:ModelCardVersion", None)
    assert left.arn == f"{other}/version/1"
    make(sm, "c")
    assert sm.describe_model_card(**NAMED)["ModelCardVersion"] == 1


def test_cards_are_listed(sm: Any, clock: FakeClock) -> None:
    for name, status in (("beta", "Draft"), ("alpha", "Approved"), ("gamma", "Draft")):
        make(sm, name, status)
        clock.advance(10)

    def names(**asked: Any) -> list[str]:
        found = sm.list_model_cards(**asked)["ModelCardSummaries"]
        assert all(one["ModelCardArn"] == ARN + one["ModelCardName"] for one in found)
        return [one["ModelCardName"] for one in found]

    assert names(SortBy="Name", SortOrder="Ascending") == ["alpha", "beta", "gamma"]
    assert names(SortBy="CreationTime", SortOrder="Ascending") == ["beta", "alpha", "gamma"]
    assert names(ModelCardStatus="Draft", SortBy="Name", SortOrder="Descending") == ["gamma", "beta"]
    assert names(NameContains="a", ModelCardStatus="Approved") == ["alpha"]
    made = sm.describe_model_card(ModelCardName="alpha")["CreationTime"]
    assert names(CreationTimeAfter=made) == ["gamma"]
    assert names(CreationTimeBefore=made) == ["beta"]
    first = sm.list_model_cards(MaxResults=2, SortBy="Name", SortOrder="Ascending")
    assert names(NextToken=first["NextToken"], SortBy="Name", SortOrder="Ascending") == ["gamma"]


def test_versions_are_listed(card: str, sm: Any, clock: FakeClock) -> None:
    make(sm, "c-2")
    for number in range(2, 12):
        clock.advance(10)
        sm.update_model_card(**NAMED, Content=text(intended_uses={"purpose_of_model": str(number)}))
    sm.update_model_card(**NAMED, ModelCardStatus="Approved")

    def numbers(**asked: Any) -> list[int]:
        pages = sm.get_paginator("list_model_card_versions").paginate(
            ModelCardName=card, **asked, PaginationConfig={"PageSize": 4}
        )
        found = [one for page in pages for one in page["ModelCardVersionSummaryList"]]
        assert all((one["ModelCardName"], one["ModelCardArn"]) == ("c", card) for one in found)
        return [one["ModelCardVersion"] for one in found]

    assert numbers(SortBy="Version", SortOrder="Ascending") == list(range(1, 12))
    assert numbers(SortBy="Version", SortOrder="Descending") == list(range(11, 0, -1))
    assert sorted(numbers()) == list(range(1, 12))
    assert numbers(ModelCardStatus="Approved") == [11]
    made = sm.describe_model_card(**NAMED, ModelCardVersion=10)["CreationTime"]
    assert numbers(CreationTimeAfter=made) == [11]


def test_cards_are_found_by_what_is_in_them(sm: Any) -> None:
    # API_ModelCard.html: ModelId, RiskRating and ModelPackageGroupName stand beside the content.
    make(sm, "c", model_overview={"model_id": "m"}, intended_uses={"risk_rating": "High"})
    make(sm, "d", "Approved", model_package_details={"model_package_group_name": "g"})
    sm.add_tags(ResourceArn=f"{ARN}d", Tags=[{"Key": "team", "Value": "a"}])

    def found(name: str, value: str) -> list[str]:
        expression = {"Filters": [{"Name": name, "Operator": "Equals", "Value": value}]}
        results = sm.search(Resource="ModelCard", SearchExpression=expression)["Results"]
        return [one["ModelCard"]["ModelCardName"] for one in results]

    assert found("RiskRating", "High") == found("ModelId", "m") == ["c"]
    assert found("ModelPackageGroupName", "g") == found("Tags.team", "a") == ["d"]
    assert found("ModelCardStatus", "Approved") == ["d"]
    sm.update_model_card(ModelCardName="c", Content=text(intended_uses={"risk_rating": "Low"}))
    assert found("RiskRating", "High") == found("ModelId", "m") == []
    assert found("RiskRating", "Low") == found("ModelCardVersion", "2") == ["c"]
