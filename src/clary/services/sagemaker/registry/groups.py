"""Model package groups: the names under which versions are registered."""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Context, Document, Errors, Hooks, Key, Noun, Query, Record
from clary.services.sagemaker.registry import accepts
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.user_context import user_context


def _delete_group(ctx: Context, record: Record) -> None:
    if _has_versions(ctx, record.id):
        raise AwsError(
            "ConflictException",
            f"Model Package Group {record.arn} cannot be deleted because it still contains Model Packages",
        )


group = sagemaker.noun(
    Noun(
        "ModelPackageGroup",
        arn="model-package-group/{ModelPackageGroupName}",
        key=Key("ModelPackageGroupName", or_arn=True),
        accepts=accepts.MODEL_PACKAGE_GROUP,
        errors=Errors(
            missing="ModelPackageGroup {arn} does not exist.",
            taken="Model Package Group already exists: {arn}",
        ),
        hooks=Hooks(
            stamp=lambda ctx, params: Document(
                status={"CreatedBy": user_context(ctx.caller), "ModelPackageGroupStatus": "Completed"}
            ),
            delete=_delete_group,
        ),
    )
)


def _has_versions(ctx: Context, group_name: str) -> bool:
    where = [("doc.spec.ModelPackageGroupName", "=", group_name)]
    return bool(ctx.tx.list(sagemaker.kind("ModelPackage"), ctx.scope, Query(where=where, limit=1)))
