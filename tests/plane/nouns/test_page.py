"""The worked example of docs/how-to/declare-a-noun.md, as it stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clary.kernel import AwsError, FakeClock
from clary.plane import Platform
from clary.server.loop import Controllers
from tests.plane import tiny

SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:s"
PAGE = Path(__file__).parents[3] / "docs/how-to/declare-a-noun.md"


@pytest.fixture
def small(tmp_path: Path, clock: FakeClock) -> Iterator[Platform]:
    """A platform of the page's service."""
    said: dict[str, Any] = {"__name__": "page"}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S):
        exec(compile(block, str(PAGE), "exec"), said)
    built = tiny.platform(tmp_path, clock, said["sagemaker"])
    yield built
    built.store.close()


def test_the_smallest_noun(small: Platform) -> None:
    git = {"RepositoryUrl": "https://git/a"}
    tiny.call(small, "CreateCodeRepository", CodeRepositoryName="a", GitConfig=git)
    tiny.call(
        small,
        "UpdateCodeRepository",
        CodeRepositoryName="a",
        GitConfig={"SecretArn": SECRET},
    )
    shown = tiny.call(small, "DescribeCodeRepository", CodeRepositoryName="a")
    assert shown["GitConfig"] == {**git, "SecretArn": SECRET}
    listed = tiny.call(small, "ListCodeRepositories", NameContains="a")["CodeRepositorySummaryList"]
    assert [one["CodeRepositoryName"] for one in listed] == ["a"]
    tiny.call(small, "DeleteCodeRepository", CodeRepositoryName="a")
    with pytest.raises(AwsError):
        tiny.call(small, "DescribeCodeRepository", CodeRepositoryName="a")


def test_the_one_with_two_names_and_states(small: Platform, tmp_path: Path) -> None:
    turns = Controllers(small, str(tmp_path / "c.bell"))
    named = {"DomainId": "d-1", "UserProfileName": "ann"}
    made = tiny.call(small, "CreateUserProfile", **named)
    assert made["UserProfileArn"].endswith(":user-profile/d-1/ann")
    with pytest.raises(AwsError, match=r"user profile .* is in status Pending"):
        tiny.call(small, "DeleteUserProfile", **named)
    turns.once()
    shown = tiny.call(small, "DescribeUserProfile", **named)
    assert (shown["Status"], shown["HomeEfsFileSystemUid"]) == ("InService", "200005")
    assert "attempts" not in shown
    assert tiny.call(small, "ListUserProfiles", DomainIdEquals="d-2")["UserProfiles"] == []
    tiny.call(small, "DeleteUserProfile", **named)
    turns.once()
    with pytest.raises(AwsError, match="User profile d-1/ann does not exist"):
        tiny.call(small, "DescribeUserProfile", **named)
