"""A platform with a bucket, and one user in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.inprocess import Loop
from tests.security.matrix.callers import ALLOW_ALL, document
from tests.security.matrix.inputs import s3 as s3_inputs
from tests.security.matrix.world import World
from tests.security.rights.subjects import ROLE, Subject


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory, loop: Loop) -> Iterator[World]:
    """A bucket `bucket-1` with `secret` and `other`, and a role `work` that the account may take."""
    world = World("s3", tmp_path_factory.mktemp("w"), loop)
    s3_inputs.put(world, s3_inputs.the_bucket(world), "other")
    world.client("s3").delete_bucket_policy(Bucket="bucket-1")
    iam = world.client("iam", world.root)
    iam.create_role(RoleName="work", AssumeRolePolicyDocument=document(ROLE))
    iam.put_role_policy(RoleName="work", PolicyName="p", PolicyDocument=document(ALLOW_ALL))
    yield world
    world.close()


@pytest.fixture(scope="package")
def subject(world: World) -> Subject:
    return Subject(world)
