"""QualityCheck steps on data: a processing job of the Model Monitor analyser calculates new baselines, and holds the data
against the previous ones.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-quality-clarify-baseline-lifecycle.html

| SkipCheck | RegisterNewBaseline | held against | BaselineUsedForDriftCheck… |
|---|---|---|---|
| no | no | the previous baselines | the previous ones |
| no | yes | the previous baselines | the calculated ones |
| yes | no | nothing | the previous ones |
| yes | yes | nothing | the calculated ones |

The previous baselines are those that the definition supplies, or else those of the group's latest approved model package.
Private member of the step: `check`, what its Metadata shows beside the job.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clary.kernel import AwsError
from clary.plane import Query, Record
from clary.plane import Step as Decision
from clary.services.sagemaker.pipelines.executions import cache, jobs
from clary.services.sagemaker.pipelines.executions.attempt import Attempt
from clary.services.sagemaker.pipelines.executions.children import CHILDREN, Child
from clary.services.sagemaker.pipelines.executions.jobs import Request, Shows
from clary.services.sagemaker.service import sagemaker

_FOLDER = "/opt/ml/processing/baseline"
_CALCULATED = ("CalculatedBaselineStatistics", "CalculatedBaselineConstraints")
_USED = ("BaselineUsedForDriftCheckStatistics", "BaselineUsedForDriftCheckConstraints")
_KINDS = ("Statistics", "Constraints")
Check = dict[str, Any]


def move(attempt: Attempt) -> Decision:
    """Move a step of this type one step."""
    child = CHILDREN["QualityCheck"]

    check = attempt.record.private.get("check", {})
    decision = jobs.look(attempt, child, _begin, lambda job: _shown(check, job))
    return _judged(attempt, decision) if decision.status == "Succeeded" else decision


def _shown(check: Check, job: Record) -> Request:
    return {"QualityCheck": {**check, "CheckJobArn": job.arn}}


def _begin(attempt: Attempt, child: Child, shows: Shows) -> Decision:
    try:
        options = attempt.resolved(dict(attempt.step.options), "options")
        request = {**attempt.resolved(attempt.step.arguments), child.name: jobs.named(attempt, child)}
    except AwsError as error:
        return attempt.refused(error)
    key = cache.key(attempt, {**request, **options})
    if earlier := cache.hit(attempt, key):
        return earlier
    previous = _previous(attempt, options)
    if not options.get("SkipCheck") and "Constraints" not in previous:
        return attempt.failed("ClientError: There is no baseline to check against.")
    check = _check(options, previous, _output_of(request))
    if not options.get("SkipCheck"):
        request = _held_against(request, previous)
    decision = jobs.create(attempt, child, request, key, lambda job: _shown(check, job))
    return replace(decision, private={**decision.private, "check": check})


def _check(options: Mapping[str, Any], previous: Mapping[str, str], output: str) -> Check:
    """Return what the Metadata of the step shows."""
    registers = bool(options.get("RegisterNewBaseline"))
    calculated = {kind: f"{output}/{kind.lower()}.json" for kind in _KINDS}
    used = calculated if registers else previous
    check = {
        "CheckType": options.get("CheckType"),
        "SkipCheck": bool(options.get("SkipCheck")),
        "RegisterNewBaseline": registers,
        "ModelPackageGroupName": options.get("ModelPackageGroupName"),
        **{name: calculated[kind] for name, kind in zip(_CALCULATED, _KINDS, strict=True)},
        **{name: used.get(kind) for name, kind in zip(_USED, _KINDS, strict=True)},
    }
    return {name: value for name, value in check.items() if value is not None}


def _previous(attempt: Attempt, options: Mapping[str, Any]) -> dict[str, str]:
    """Return the places of the previous baselines: those that are supplied, or those of the latest approved version."""
    supplied = {
        kind: options[f"SuppliedBaseline{kind}"] for kind in _KINDS if options.get(f"SuppliedBaseline{kind}")
    }
    group = options.get("ModelPackageGroupName")
    if supplied or not group:
        return supplied
    version = _latest_approved(attempt, group.rpartition("/")[2])
    baselines = version.spec.get("DriftCheckBaselines", {}).get("ModelDataQuality", {}) if version else {}
    return {kind: baselines[kind]["S3Uri"] for kind in _KINDS if kind in baselines}


def _latest_approved(attempt: Attempt, group: str) -> Record | None:
    where = [
        ("doc.spec.ModelPackageGroupName", "=", group),
        ("doc.spec.ModelApprovalStatus", "=", "Approved"),
    ]
    with attempt.world.platform.store.read() as tx:
        found = tx.list(
            sagemaker.kind("ModelPackage"), attempt.world.scope, Query(where=where, descending=True, limit=1)
        )
    return found[0] if found else None


def _output_of(request: Request) -> str:
    (output,) = request["ProcessingOutputConfig"]["Outputs"]
    return output["S3Output"]["S3Uri"].rstrip("/")


def _held_against(request: Request, previous: Mapping[str, str]) -> Request:
    """Return the request with the previous baselines as inputs, in the variables of the analyser's contract."""
    environment, inputs = dict(request.get("Environment", {})), list(request["ProcessingInputs"])
    for kind, uri in previous.items():
        folder = f"{_FOLDER}/{kind.lower()}"
        source = {"S3Uri": uri, "LocalPath": folder, "S3DataType": "S3Prefix", "S3InputMode": "File"}
        inputs.append({"InputName": f"baseline_{kind.lower()}", "S3Input": source})
        environment[f"baseline_{kind.lower()}"] = f"{folder}/{uri.rpartition('/')[2]}"
    return {**request, "Environment": environment, "ProcessingInputs": inputs}


def _judged(attempt: Attempt, decision: Decision) -> Decision:
    """Return the end of a step whose job is done: failed where the job has found violations."""
    check = attempt.record.private.get("check", {})
    name = decision.private.get("begun", "")
    job = attempt.world.get(CHILDREN["QualityCheck"].kind, name)
    if "reused" in decision.private or job is None:
        return decision
    if not job.observed.get("ExitMessage", "").startswith("CompletedWithViolations"):
        return decision
    report = f"{check['CalculatedBaselineStatistics'].rpartition('/')[0]}/constraint_violations.json"
    metadata = {"QualityCheck": {**check, "CheckJobArn": job.arn, "ViolationReport": report}}
    if not _fails(attempt):
        return replace(decision, set={**decision.set, "Metadata": metadata})
    return attempt.failed(f"ClientError: Quality check failed. See violation report {report}", metadata)


def _fails(attempt: Attempt) -> bool:
    """Return FailOnViolation, which is true where the definition does not say it."""
    said = attempt.resolved(attempt.step.options.get("FailOnViolation"), "FailOnViolation")
    return said is None or bool(said)
