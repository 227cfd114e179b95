"""List operations: orders, filters, pages while rows come and go, and tokens that the platform did not make."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from clary.kernel import AwsError, FakeClock
from clary.plane import Platform, Service
from clary.plane.nouns.lists import Listing, Plan, order_of
from clary.plane.paging import read_token, sign_token
from tests.plane.tiny import REGION, ROOT, call, context, start, status


@pytest.fixture
def models(small: Platform, clock: FakeClock) -> list[str]:
    """Twenty-five models, a second apart."""
    names = [f"m-{n:02}" for n in range(25)]
    for name in names:
        call(small, "CreateModel", ModelName=name)
        clock.advance(1)
    return names


def names(page: dict[str, Any]) -> list[str]:
    return [model["ModelName"] for model in page["Models"]]


def every(small: Platform, **query: Any) -> list[str]:
    """All pages, one after the other."""
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = call(small, "ListModels", **query, **token)
        found += names(page)
        if "NextToken" not in page:
            return found
        token = {"NextToken": page["NextToken"]}


class TestOrder:
    def test_the_newest_first_ten_at_a_time(self, small: Platform, models: list[str]) -> None:
        """ListModels (API reference): the default order is Descending, by CreationTime."""
        assert names(call(small, "ListModels")) == models[:-11:-1]
        assert every(small) == models[::-1]

    @pytest.mark.parametrize("size", [1, 7, 25, 100])
    @pytest.mark.parametrize("sort_by", ["Name", "CreationTime"])
    def test_pages_of_any_size(self, small: Platform, models: list[str], size: int, sort_by: str) -> None:
        found = every(small, MaxResults=size, SortBy=sort_by, SortOrder="Ascending")
        assert found == models

    def test_a_last_page_that_is_full_has_no_token(self, small: Platform, models: list[str]) -> None:
        assert "NextToken" not in call(small, "ListModels", MaxResults=25)
        assert "NextToken" in call(small, "ListModels", MaxResults=24)

    def test_of_one_moment_by_name(self, small: Platform) -> None:
        for name in ("b", "a", "c"):
            call(small, "CreateModel", ModelName=name)
        assert every(small, MaxResults=1, SortOrder="Ascending") == ["a", "b", "c"]
        assert every(small, MaxResults=1) == ["c", "b", "a"]

    def test_an_order_that_is_not_known(self, service: Service) -> None:
        plan = Plan(service.nouns["Model"], service.model.operations["ListModels"])
        with pytest.raises(AwsError) as caught:
            order_of(plan, {"SortBy": "Mood"})
        assert caught.value.code == "NotImplemented"


class TestWhileRowsComeAndGo:
    def test_none_is_shown_twice_and_none_left_out(
        self, small: Platform, models: list[str], clock: FakeClock
    ) -> None:
        query = {"MaxResults": 10, "SortOrder": "Ascending"}
        first = call(small, "ListModels", **query)
        call(small, "DeleteModel", ModelName=names(first)[-1])  # the very row that the token tells of
        call(small, "DeleteModel", ModelName="m-00")
        call(small, "CreateModel", ModelName="late")
        second = call(small, "ListModels", **query, NextToken=first["NextToken"])
        third = call(small, "ListModels", **query, NextToken=second["NextToken"])
        assert names(first) + names(second) + names(third) == [*models, "late"]


class TestFilters:
    def test_by_name_and_time(self, small: Platform, models: list[str], clock: FakeClock) -> None:
        assert every(small, NameContains="-0", SortOrder="Ascending") == models[:10]
        assert every(small, NameContains="M-24") == ["m-24"]
        assert every(small, CreationTimeAfter=clock.now() - 3.5) == models[-1:-4:-1]
        assert every(small, CreationTimeBefore=clock.now() - 23.5, SortOrder="Ascending") == models[:2]

    def test_by_status(self, small: Platform) -> None:
        start(small, "j")
        start(small, "other")
        status(small, "Completed")
        page = call(small, "ListTransformJobs", StatusEquals="Completed")
        assert [job["TransformJobName"] for job in page["TransformJobSummaries"]] == ["j"]

    def test_a_filter_goes_through_the_pages(self, small: Platform, models: list[str]) -> None:
        assert every(small, NameContains="1", MaxResults=2, SortOrder="Ascending") == [
            name for name in models if "1" in name
        ]


class TestTokens:
    @pytest.mark.parametrize(
        "token", ["x", "AAAA", "Zm9yZ2VkIHRva2VuLCBsb25nIGVub3VnaA==", "\u00e4", "=" * 7, "\U0001f600" * 3]
    )
    def test_a_forged_one(self, small: Platform, token: str) -> None:
        with pytest.raises(AwsError) as caught:
            call(small, "ListModels", NextToken=token)
        assert caught.value.code == "ValidationException"

    def test_one_that_was_touched(self, small: Platform, models: list[str]) -> None:
        raw = bytearray(base64.urlsafe_b64decode(call(small, "ListModels")["NextToken"]))
        for place in range(len(raw)):
            changed = bytes(byte ^ (place == at) for at, byte in enumerate(raw))
            with pytest.raises(AwsError):
                call(small, "ListModels", NextToken=base64.urlsafe_b64encode(changed).decode())

    def test_one_of_another_operation_account_or_region(self, small: Platform, models: list[str]) -> None:
        token = call(small, "ListModels")["NextToken"]
        elsewhere = [
            ("ListTransformJobs", REGION, ROOT.account),
            ("ListModels", "us-east-1", ROOT.account),
            ("ListModels", REGION, "999988887777"),
        ]
        for operation, region, account in elsewhere:
            with pytest.raises(AwsError) as caught:
                small.perform("sagemaker", operation, {"NextToken": token}, ROOT, region, account=account)
            assert caught.value.message == "Invalid pagination token."

    @pytest.mark.parametrize("value", [7, "text", None])
    def test_any_value_comes_back(self, small: Platform, value: Any) -> None:
        ctx = context(small, "ListModels")
        assert read_token(ctx, sign_token(ctx, value)) == value

    def test_a_list_comes_back_as_a_tuple(self, small: Platform) -> None:
        ctx = context(small, "ListModels")
        assert read_token(ctx, sign_token(ctx, [1.5, "a"])) == (1.5, "a")


@pytest.mark.parametrize(
    ("params", "searches"),
    [
        ({}, False),
        ({"CreationTimeAfter": 1.0, "SortOrder": "Ascending", "NextToken": "x"}, False),
        ({"StatusEquals": "Failed"}, False),
        ({"StatusEquals": "Failed", "CreationTimeBefore": 9.0, "SortBy": "CreationTime"}, False),
        ({"SortBy": "Name"}, False),
        ({"SortBy": "Name", "StatusEquals": "Failed"}, True),  # no index has both
        ({"SortBy": "Name", "CreationTimeAfter": 1.0}, True),
        ({"SortBy": "Status"}, True),
        ({"LastModifiedTimeAfter": 1.0}, True),  # sorted by the time of creation
        ({"NameContains": "a"}, True),
    ],
)
def test_what_a_list_searches(service: Service, params: dict[str, Any], searches: bool) -> None:
    """A list looks at more records than it shows where no index of the store has its filters and its order."""
    jobs = Listing(service.nouns["TransformJob"], service.model.operations["ListTransformJobs"])
    assert jobs.searches(params) is searches


def test_what_a_list_by_modification_searches(service: Service) -> None:
    runs = Listing(service.nouns["Model"], service.model.operations["ListModels"])
    runs.plan.orders["Modified"] = "modified"
    assert not runs.searches({"SortBy": "Modified"})
    assert runs.searches({"SortBy": "Modified", "CreationTimeAfter": 1.0})
