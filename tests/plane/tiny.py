"""The smallest platform there is: one service of two nouns, a store, and nobody who forbids anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clary.kernel import Caller, Clock, CountingIds
from clary.plane import Context, Document, Errors, Hooks, Members, Noun, Platform, Service, States
from clary.plane.authorization.ports import AllowAll
from clary.plane.settings import Settings
from clary.runs.fake import FakeExecutor
from clary.store.api import Query
from clary.store.sqlite import SqliteStore

ACCOUNT, REGION = "111122223333", "eu-west-1"
SCOPE = f"{ACCOUNT}/{REGION}"
ROOT = Caller(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", is_root=True)

JOB: dict[str, Any] = {
    "ModelName": "m",
    "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/i"}}},
    "TransformOutput": {"S3OutputPath": "s3://b/o"},
    "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
}


def service() -> Service:
    """SageMaker's model with two nouns of it: one without a status, one with a life."""
    tiny = Service("sagemaker")
    tiny.noun(
        Noun(
            "Model",
            arn="model/{ModelName}",
            accepts={"create": Members("ModelName Tags PrimaryContainer")},
            errors=Errors(missing="no {arn}", taken="taken {arn}", taken_code="ResourceInUse"),
        )
    )
    tiny.noun(
        Noun(
            "TransformJob",
            arn="transform-job/{TransformJobName}",
            states=States(
                "TransformJobStatus", start="InProgress", stop="Stopping", final=("Completed", "Stopped")
            ),
            accepts={
                "create": Members(
                    "TransformJobName ModelName Tags TransformInput TransformOutput TransformResources"
                )
            },
            hooks=Hooks(
                stamp=lambda ctx, params: Document(status={"Stamped": ctx.now}),
                view=lambda record: {"FailureReason": record.private.get("why", "")},
            ),
        )
    )
    return tiny


def platform(home: Path, clock: Clock, *services: Service) -> Platform:
    """A platform of these services over an SQLite file in `home`."""
    upgrades = {kind: known for one in services for kind, known in one.upgrades.items()}
    schemas = {one.name: schema for one in services if (schema := one.schema)}
    store = SqliteStore(home / "tiny.db", schemas=schemas, upgrades=upgrades)
    return Platform(
        settings=Settings(home=home, token_key=b"key"),
        services={one.name: one for one in services},
        store=store,
        objects=None,  # type: ignore[arg-type]
        runs=FakeExecutor(),
        authorizer=AllowAll(),
        clock=clock,
        ids=CountingIds(),
    )


def call(where: Platform, operation: str, **params: Any) -> dict[str, Any]:
    """One checked call as the root user."""
    return where.perform("sagemaker", operation, params, ROOT, REGION)


def context(where: Platform, operation: str) -> Context:
    return where.context("sagemaker", operation, ROOT, REGION)


def start(small: Platform, name: str = "j", **more: Any) -> dict[str, Any]:
    """Create a TransformJob."""
    return call(small, "CreateTransformJob", TransformJobName=name, **JOB, **more)


def status(small: Platform, value: str) -> None:
    """What a controller would do."""
    with small.store.write() as tx:
        record = tx.get("sagemaker:TransformJob", SCOPE, "j")
        assert record is not None
        tx.update(record.evolve(status=value))


def by(member: str, value: Any) -> Query:
    """All records that have this value."""
    return Query(where=[(member, "=", value)])
