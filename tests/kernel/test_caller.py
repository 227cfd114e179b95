"""Who is calling: the three kinds that are not read from a key."""

from __future__ import annotations

import dataclasses

import pytest

from clary.kernel import Caller


def test_a_service_acts_for_an_account() -> None:
    arn = "arn:aws:sagemaker:us-east-1:111122223333:training-job/j"
    caller = Caller.of_service("sagemaker.amazonaws.com", "111122223333", arn)
    assert (caller.service, caller.account) == ("sagemaker.amazonaws.com", "111122223333")
    assert caller.source_arn == arn
    assert not caller.is_anonymous
    assert not caller.is_root


@pytest.mark.parametrize("missing", range(3))
def test_a_service_never_acts_on_nobodys_behalf(missing: int) -> None:
    given = ["sagemaker.amazonaws.com", "111122223333", "arn:aws:sagemaker:us-east-1:111122223333:endpoint/e"]
    given[missing] = ""
    with pytest.raises(ValueError, match="on behalf of a resource"):
        Caller.of_service(*given)


def test_nobody_has_no_account_and_no_service() -> None:
    caller = Caller.anonymous()
    assert caller.is_anonymous
    assert (caller.account, caller.service, caller.is_root) == ("", "", False)


def test_an_identity_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Caller.anonymous().is_root = True  # type: ignore[misc]


def test_tags_do_not_make_another_caller() -> None:
    one, other = Caller("1", "a", "u", "p", tags={"k": "v"}), Caller("1", "a", "u", "p")
    assert one == other
    assert hash(one) == hash(other)
