"""S3 Control: the public access block of an account. That of another account is refused to every caller."""

from __future__ import annotations

from tests.conftest import ACCOUNT
from tests.security.matrix.case import Case, Params
from tests.security.matrix.world import World

_BLOCK = {"BlockPublicAcls": True}


def _account(w: World) -> Params:
    return {"AccountId": ACCOUNT}


def _blocked(w: World) -> Params:
    w.client("s3control").put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=_BLOCK)
    return _account(w)


CASES = {
    "DeletePublicAccessBlock": Case(_blocked, action="PutAccountPublicAccessBlock"),
    "GetPublicAccessBlock": Case(_blocked, action="GetAccountPublicAccessBlock"),
    "PutPublicAccessBlock": Case(
        lambda w: {**_account(w), "PublicAccessBlockConfiguration": _BLOCK},
        action="PutAccountPublicAccessBlock",
    ),
}
