"""Who a token or a session stands for is the caller who asked, with all that policies judge by."""

from __future__ import annotations

from dataclasses import fields

from clary.kernel import Caller
from clary.plane import Platform
from clary.services.sagemaker.mlflow.visits import visitors

FULL = Caller(
    account="111122223333",
    arn="arn:aws:sts::111122223333:assumed-role/r/s",
    user_id="AROA:s",
    principal_arn="arn:aws:iam::111122223333:role/r",
    access_key_id="ASIA",
    session_policies=("{}",),
    issued=1.0,
    source_identity="me",
    principal_id="AROA",
    via=("lambda.amazonaws.com",),
    tags={"team": "a"},
)
SERVER = "arn:aws:sagemaker:us-east-1:111122223333:mlflow-tracking-server/track"


def test_a_caller_is_kept_whole(platform: Platform) -> None:
    with platform.store.write() as tx:
        secret = visitors.admit(tx, visitors.TOKEN, visitors.Visitor(FULL, SERVER, 60), 10.0, 1.0)
        found = visitors.find(tx, visitors.TOKEN, secret, 2.0)
    assert found is not None
    assert all(getattr(found.caller, one.name) == getattr(FULL, one.name) for one in fields(Caller))
    assert hash(found.caller) == hash(FULL)


def test_secrets_are_not_stored_and_expire(platform: Platform) -> None:
    with platform.store.write() as tx:
        secret = visitors.admit(tx, visitors.SESSION, visitors.Visitor(FULL, SERVER, 60), 10.0, 1.0)
        assert secret not in str(tx.sql("select * from sagemaker_mlflow_visitor"))
        assert visitors.find(tx, visitors.TOKEN, secret, 2.0) is None, "a session is no token"
        assert visitors.find(tx, visitors.SESSION, secret, 11.0) is None
        visitors.admit(tx, visitors.SESSION, visitors.Visitor(FULL, SERVER, 60), 20.0, 11.0)
        assert tx.sql("select count(*) from sagemaker_mlflow_visitor") == [(1,)], "the other was forgotten"
