"""What a service says of itself for access control."""

from __future__ import annotations

from typing import Any

import pytest

from clary.plane import Access, Guard


def _guard(ctx: Any, arn: str, params: Any) -> Guard:
    return Guard("111122223333")


@pytest.mark.parametrize(
    ("target", "guarded"),
    [
        ("group/{Name}", True),
        ("model/{Name}", False),
        ("groups", False),
        ("*", False),
        (lambda ctx, params: [], True),  # a function may name anything
    ],
)
def test_only_kinds_with_owners_and_policies_of_their_own_are_looked_up(target: Any, guarded: bool) -> None:
    assert Access(guard=_guard, guarded=("group", "member")).guards(target) is guarded


def test_a_guard_that_names_no_kinds_is_asked_about_all() -> None:
    assert Access(guard=_guard).guards("model/{Name}")
    assert not Access().guards("model/{Name}")
