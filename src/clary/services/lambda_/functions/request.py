"""What Create and Update refuse beyond the model, and the members of a configuration that they make."""

from __future__ import annotations

import platform as machine
import time
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.kernel.errors import not_implemented, validation
from clary.plane import Context
from clary.services.lambda_ import runtimes
from clary.services.lambda_.errors import invalid
from clary.services.lambda_.layers import references
from clary.services.lambda_.service import lambda_
from clary.workloads import roles

Params = dict[str, Any]
_ENVIRONMENT = 4096  # bytes of all variables as JSON
_MEMORY = 10240
_RESERVED = frozenset(
    [
        *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV"),
        *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"),
        *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
        *(
            "AWS_ACCESS_KEY",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_LAMBDA_RUNTIME_API",
        ),
        *("LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"),
    ]
)
_HERE = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}.get(
    machine.machine().lower(), ""
)
_DEFAULTS: Params = {
    "Description": "",
    "Timeout": 3,
    "MemorySize": 128,
    "EphemeralStorage": {"Size": 512},
    "TracingConfig": {"Mode": "PassThrough"},
}
_GIVEN = (
    "Description",
    "Timeout",
    "MemorySize",
    "EphemeralStorage",
    "TracingConfig",
    "Handler",
    "Runtime",
    "Role",
)


def timestamp(at: float) -> str:
    """Return a time as Lambda writes LastModified: 2026-01-31T12:00:00.000+0000."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at * 1000) % 1000:03d}+0000"


def of_create(ctx: Context, params: Params) -> Params:
    """Return the configuration that a Create call asks for, without its code."""
    if params.get("PackageType", "Zip") != "Zip":
        raise not_implemented("lambda", "CreateFunction with PackageType=Image")
    if not params.get("Runtime") or not params.get("Handler"):
        raise invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )
    refuse_architectures(params)
    made = {**_DEFAULTS, "PackageType": "Zip", "Architectures": params.get("Architectures") or ["x86_64"]}
    made["LoggingConfig"] = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{params['FunctionName']}"}
    made["SnapStart"] = {"ApplyOn": "None", "OptimizationStatus": "Off"}
    return {**made, **changes(ctx, params, made)}


def changes(ctx: Context, params: Params, old: Params) -> Params:
    """Return the members of a configuration that a request changes; None removes one. `old` is what it was."""
    _refuse_absent(ctx.op.name, params)
    new: Params = {name: params[name] for name in _GIVEN if name in params}
    if "MemorySize" in new and new["MemorySize"] > _MEMORY:
        raise _above("memorySize", new["MemorySize"], _MEMORY)
    if "Role" in new:
        _require_role(ctx, new["Role"], params["FunctionName"])
    if "Runtime" in new:
        runtimes.require(ctx.op.name, new["Runtime"])
        arn = runtimes.version_arn(ctx.partition, ctx.region, new["Runtime"])
        new["RuntimeVersionConfig"] = {"RuntimeVersionArn": arn}
    if "Environment" in params:
        new["Environment"] = _environment(params["Environment"].get("Variables") or {})
    if "DeadLetterConfig" in params:
        new["DeadLetterConfig"] = _dead_letters(params["DeadLetterConfig"].get("TargetArn"))
    if "LoggingConfig" in params:
        new["LoggingConfig"] = _logging(params["LoggingConfig"], old["LoggingConfig"])
    if "Layers" in params:
        new["Layers"] = references.resolved(ctx, params["Layers"]) or None
    return new


def _refuse_absent(operation: str, params: Params) -> None:
    """Raise NotImplemented for what has a member to turn it off, and is turned on."""
    vpc = params.get("VpcConfig") or {}
    if vpc.get("SubnetIds") or vpc.get("SecurityGroupIds"):
        raise not_implemented("lambda", f"{operation} with VpcConfig")
    if (params.get("SnapStart") or {}).get("ApplyOn", "None") != "None":
        raise not_implemented("lambda", f"{operation} with SnapStart.ApplyOn=PublishedVersions")
    if params.get("FileSystemConfigs"):
        raise not_implemented("lambda", f"{operation} with FileSystemConfigs")


def refuse_architectures(params: Params) -> None:
    """Raise NotImplemented for another architecture than this machine's, where one is asked for."""
    wanted = params.get("Architectures") or ["x86_64"]
    if params.get("Architectures") and wanted != [_HERE]:
        raise not_implemented("lambda", f"{lambda_.name} functions for {wanted[0]} on this machine")


def _above(member: str, value: int, most: int) -> AwsError:
    said = f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
    return validation(f"{said}Member must have value less than or equal to {most}")


def _require_role(ctx: Context, role: str, function: str) -> None:
    roles.require_pass(ctx, role, lambda_.principal)
    try:
        roles.assume(ctx, role, f"function:{function}", lambda_.principal, "check")
    except AwsError:
        raise invalid("The role defined for the function cannot be assumed by Lambda.") from None


def _environment(variables: dict[str, str]) -> Params:
    reserved = [name for name in variables if name in _RESERVED]
    if reserved:
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have provided "
            "contains reserved keys that are currently not supported for modification. Reserved keys used in this request: "
            f"{', '.join(reserved)}"
        )
    measured = orjson.dumps(variables)
    if len(measured) > _ENVIRONMENT:
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have provided "
            f"exceeded the 4KB limit. String measured: {measured.decode()}"
        )
    return {"Variables": variables}


def _dead_letters(target: str | None) -> Params | None:
    if not target:
        return None
    if target.split(":")[2:3] not in (["sqs"], ["sns"]):
        raise invalid(f"The provided target ARN {target} is invalid for a dead letter queue.")
    return {"TargetArn": target}


def _logging(given: Params, old: Params) -> Params:
    """Return a logging configuration: levels are for JSON alone, where INFO is what there is without."""
    new = {**old, **given}
    levels = ("ApplicationLogLevel", "SystemLogLevel")
    if new["LogFormat"] == "Text":
        if any(given.get(level) for level in levels):
            raise invalid('LogLevel is not supported when LogFormat is set to "Text".')
        return {name: value for name, value in new.items() if name not in levels}
    return {**dict.fromkeys(levels, "INFO"), **new}
