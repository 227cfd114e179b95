"""Checks what is in Parallel and Map states."""

from __future__ import annotations

from typing import Any

from clary.services.stepfunctions.validation.findings import Report

_MODES, _TYPES = ("INLINE", "DISTRIBUTED"), ("STANDARD", "EXPRESS")
_DISTRIBUTED = (
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "Label",
    "ToleratedFailureCount",
    "ToleratedFailurePercentage",
)
_LONGEST_LABEL = 40
_S3 = "arn:aws:states:::s3:"
_RESOURCES = {"ItemReader": ("getObject", "listObjectsV2"), "ResultWriter": ("putObject",)}
_FORMATS = ("JSON", "JSONL", "CSV")
Inner = tuple[dict[str, Any], str, str]


def inner_of(report: Report, raw: dict[str, Any], location: str, language: str) -> list[Inner]:
    """Return the containers of a state, each with its place and the query language of the state machine."""
    if raw["Type"] == "Parallel":
        return _branches(report, raw, location, language)
    return _processor(report, raw, location, language) if raw["Type"] == "Map" else []


def _branches(report: Report, raw: dict[str, Any], location: str, language: str) -> list[Inner]:
    if not report.needs(raw, location, "Branches") or not report.is_a(
        "array", raw["Branches"], f"{location}/Branches"
    ):
        return []
    if not raw["Branches"]:
        report.add("Branches must not be empty", f"{location}/Branches")
    found = [(one, f"{location}/Branches[{number}]", language) for number, one in enumerate(raw["Branches"])]
    return [one for one in found if report.is_a("object", one[0], one[1])]


def _processor(report: Report, raw: dict[str, Any], location: str, language: str) -> list[Inner]:
    given = [name for name in ("ItemProcessor", "Iterator") if name in raw]
    if len(given) != 1:
        report.add("Exactly one of the fields [ItemProcessor, Iterator] is required", location)
        return []
    place, one = f"{location}/{given[0]}", raw[given[0]]
    if not report.is_a("object", one, place):
        return []
    _check_config(report, raw, one.get("ProcessorConfig", {}), place, location)
    return [(one, place, one.get("QueryLanguage", language))]


def _check_config(report: Report, raw: dict[str, Any], config: Any, place: str, location: str) -> None:
    if not report.is_a("object", config, f"{place}/ProcessorConfig"):
        return
    mode = config.get("Mode", "INLINE")
    if mode not in _MODES:
        report.add(
            "Value must be one of the following: [INLINE, DISTRIBUTED]", f"{place}/ProcessorConfig/Mode"
        )
    if config.get("ExecutionType", "STANDARD") not in _TYPES:
        report.add(
            "Value must be one of the following: [STANDARD, EXPRESS]",
            f"{place}/ProcessorConfig/ExecutionType",
        )
    if mode == "DISTRIBUTED" and "ExecutionType" not in config:
        report.add("The field 'ExecutionType' is required but was missing", f"{place}/ProcessorConfig")
    if mode == "DISTRIBUTED" and report.is_express:
        report.add("Express state machine does not support Map states in Distributed mode", location)
    for field in _DISTRIBUTED if mode == "INLINE" else ():
        if field in raw:
            report.add(f"The field '{field}' is only supported in Distributed mode", f"{location}/{field}")
    for field, known in _RESOURCES.items():
        if field in raw and report.is_a("object", raw[field], f"{location}/{field}"):
            _check_data_set(report, raw[field], known, f"{location}/{field}")
    label = raw.get("Label", "x")
    if (
        not isinstance(label, str)
        or not 0 < len(label) <= _LONGEST_LABEL
        or set(label) & set(' ?*<>{}[]:;,\\|^~$#%&`"')
    ):
        report.add("Label is invalid", f"{location}/Label")


def _check_data_set(report: Report, raw: dict[str, Any], known: tuple[str, ...], location: str) -> None:
    """Check where items come from or results go to. Inventories of S3 and Parquet are not read."""
    if raw.get("Resource") not in [f"{_S3}{action}" for action in known]:
        report.add("Value is not a valid resource ARN", f"{location}/Resource")
    config = raw.get("ReaderConfig", {})
    if isinstance(config, dict) and config.get("InputType", "JSON") not in _FORMATS:
        report.add(
            f"Value must be one of the following: [{', '.join(_FORMATS)}]",
            f"{location}/ReaderConfig/InputType",
        )
