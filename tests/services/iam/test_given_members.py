"""What a Create call is given comes back, from it and from Get; lists leave some of it out (IAM API reference: "resource-
listing operations return a subset of the available attributes"). Members that AWS leaves out of Create are named here."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from botocore import xform_name

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
TAGS = [{"Key": "team", "Value": "red"}]
BOUNDARY = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
# aws-cli's example of create-user with a boundary
SHOWN = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": BOUNDARY}


class Noun(NamedTuple):
    """`given` is what Create takes, `silent` what its answer lacks, `unlisted` what List lacks."""

    word: str
    given: dict[str, Any]
    shown: dict[str, Any]
    silent: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ("Tags",)


NOUNS = [
    Noun(
        "User",
        {"UserName": "n", "Path": "/p/", "PermissionsBoundary": BOUNDARY, "Tags": TAGS},
        {"UserName": "n", "Path": "/p/", "PermissionsBoundary": SHOWN, "Tags": TAGS},
        unlisted=("PermissionsBoundary", "Tags"),
    ),
    Noun(
        "Role",
        {
            "RoleName": "n",
            "Path": "/p/",
            "AssumeRolePolicyDocument": json.dumps(TRUST),
            "Description": "d",
            "MaxSessionDuration": 7200,
            "PermissionsBoundary": BOUNDARY,
            "Tags": TAGS,
        },
        {
            "RoleName": "n",
            "Path": "/p/",
            "AssumeRolePolicyDocument": TRUST,
            "Description": "d",
            "MaxSessionDuration": 7200,
            "PermissionsBoundary": SHOWN,
            "Tags": TAGS,
        },
        unlisted=("PermissionsBoundary", "Tags", "RoleLastUsed"),
    ),
    Noun("Group", {"GroupName": "n", "Path": "/p/"}, {"GroupName": "n", "Path": "/p/"}, unlisted=()),
    Noun(
        "InstanceProfile",
        {"InstanceProfileName": "n", "Path": "/p/", "Tags": TAGS},
        {"InstanceProfileName": "n", "Path": "/p/", "Tags": TAGS},
    ),
    Noun(
        "Policy",
        {
            "PolicyName": "n",
            "Path": "/p/",
            "PolicyDocument": json.dumps(READ),
            "Description": "d",
            "Tags": TAGS,
        },
        {"PolicyName": "n", "Path": "/p/", "Description": "d", "Tags": TAGS},
        silent=("Description",),  # API reference of Policy
        unlisted=("Description", "Tags"),
    ),
]


# Refused by name, tests/services/iam/test_roles.py
ABSENT = {"MaxSigninSessionDuration"}


@pytest.fixture
def iam(client: Callable[..., Any]) -> Any:
    return client("iam")


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.word)
def test_what_was_given_comes_back(iam: Any, noun: Noun) -> None:
    word = noun.word
    members = set(iam.meta.service_model.operation_model(f"Create{word}").input_shape.members)
    assert members - ABSENT == set(noun.given), "a newer model has more"
    created = _call(iam, "create", word, **noun.given)[word]
    assert _lacking(noun.shown, created) == set(noun.silent)
    key = {"PolicyArn": created["Arn"]} if word == "Policy" else {f"{word}Name": "n"}
    assert _lacking(noun.shown, _call(iam, "get", word, **key)[word]) == set()
    more = {"Scope": "Local"} if word == "Policy" else {}
    plural = "Policies" if word == "Policy" else f"{word}s"
    [listed] = _call(iam, "list", plural, PathPrefix="/p/", **more)[plural]
    assert not set(noun.unlisted) & set(listed)
    assert _lacking(noun.shown, listed) == set(noun.shown) & set(noun.unlisted)


def _call(iam: Any, verb: str, word: str, **params: Any) -> Any:
    return getattr(iam, xform_name(f"{verb.title()}{word}"))(**params)


def _lacking(wanted: dict[str, Any], answer: dict[str, Any]) -> set[str]:
    return {name for name, value in wanted.items() if answer.get(name) != value}
