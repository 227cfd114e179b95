"""The job's configuration as values: environment variables and `processingjobconfig.json`, paths rebased.

It reads settings and checks their form; it does not know what any analysis does with them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from .errors import AnalysisError

CONTAINER_ROOT = PurePosixPath("/opt/ml")
PROBLEM_TYPES = ("Regression", "BinaryClassification", "MulticlassClassification")
ANALYSIS_TYPES = ("DATA_QUALITY", "MODEL_QUALITY", "GROUND_TRUTH_MERGE")


@dataclass(frozen=True)
class DatasetFormat:
    """What `dataset_format` says: one of csv, json, parquet, capture, merge, and that form's options."""

    kind: str
    header: bool = False
    lines: bool = True
    output_first: bool = True
    sections: tuple[str, ...] = ("endpointInput", "endpointOutput")


@dataclass(frozen=True)
class Attributes:
    """Which columns (names, or positions written as digits) hold label, prediction and probability."""

    ground_truth: str | None = None
    inference: str | None = None
    probability: str | None = None
    threshold: float = 0.5


@dataclass(frozen=True)
class Settings:
    """One monitoring job. Times are aware datetimes in UTC; paths are on this machine."""

    root: Path
    analysis_type: str
    dataset_format: DatasetFormat
    dataset_source: Path
    output_path: Path
    publish_metrics: bool = False
    endpoint: str | None = None
    schedule: str | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    metric_time: datetime | None = None
    baseline_constraints: Path | None = None
    baseline_statistics: Path | None = None
    preprocessor: Path | None = None
    postprocessor: Path | None = None
    problem_type: str | None = None
    attributes: Attributes = Attributes()
    ground_truth_source: Path | None = None
    categorical_drift_method: str | None = None

    @property
    def message_path(self) -> Path:
        """Where the words for ExitMessage go."""
        return self.root / "output" / "message"

    @property
    def metrics_path(self) -> Path:
        """Where CloudWatch metric lines go; the platform forwards them."""
        return self.root / "output" / "metrics" / "cloudwatch"

    @property
    def is_monitoring(self) -> bool:
        """Whether there is a baseline to be held against."""
        return self.baseline_constraints is not None or self.baseline_statistics is not None


def base_dir(environ: Mapping[str, str]) -> Path:
    """Return the folder which stands for `/opt/ml`."""
    return Path(environ.get("SAGEMAKER_BASE_DIR") or CONTAINER_ROOT)


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Read the settings; raise AnalysisError naming the variable that is absent or malformed.

    The process's own variables win over the `Environment` of `config/processingjobconfig.json`.
    """
    root = base_dir(environ)
    variables = {**_configured(root), **environ}
    kind = _analysis_type(variables)
    return Settings(
        root=root,
        analysis_type=kind,
        dataset_format=_dataset_format(variables, kind),
        dataset_source=_required_path(variables, "dataset_source", root),
        output_path=_required_path(variables, "output_path", root),
        publish_metrics=_switch(variables, "publish_cloudwatch_metrics"),
        endpoint=variables.get("sagemaker_endpoint_name") or None,
        schedule=variables.get("sagemaker_monitoring_schedule_name") or None,
        start_time=_time(variables, "start_time"),
        end_time=_time(variables, "end_time"),
        metric_time=_time(variables, "metric_time"),
        baseline_constraints=_path(variables, "baseline_constraints", root),
        baseline_statistics=_path(variables, "baseline_statistics", root),
        preprocessor=_path(variables, "record_preprocessor_script", root),
        postprocessor=_path(variables, "post_analytics_processor_script", root),
        problem_type=_problem_type(variables, kind),
        attributes=_attributes(variables),
        ground_truth_source=_path(variables, "ground_truth_source", root),
        categorical_drift_method=_drift_method(variables),
    )


def _configured(root: Path) -> dict[str, str]:
    path = root / "config" / "processingjobconfig.json"
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(path.read_text()).get("Environment") or {})
    except (ValueError, AttributeError) as error:
        raise AnalysisError(f"processingjobconfig.json cannot be read: {error}") from error


def _analysis_type(variables: Mapping[str, str]) -> str:
    given = variables.get("analysis_type")
    if not given:
        # AWS's merge job is recognised only by its ground truth, since the image's name is the platform's
        # choice.
        if variables.get("ground_truth_source") and not variables.get("problem_type"):
            return "GROUND_TRUTH_MERGE"
        return "MODEL_QUALITY" if variables.get("problem_type") else "DATA_QUALITY"
    if given not in ANALYSIS_TYPES:
        raise AnalysisError(f"analysis_type must be one of {', '.join(ANALYSIS_TYPES)}; found: {given}")
    return given


def _dataset_format(variables: Mapping[str, str], kind: str) -> DatasetFormat:
    text = variables.get("dataset_format")
    if not text:
        if kind == "GROUND_TRUTH_MERGE":
            return DatasetFormat("capture")
        raise AnalysisError("dataset_format is not set")
    try:
        parsed = json.loads(text)
        ((name, options),) = parsed.items()
    except (ValueError, AttributeError) as error:
        raise AnalysisError(f"dataset_format must be JSON with one form; found: {text}") from error
    return _format_of(str(name), _lowered(options))


def _lowered(options: Any) -> dict[str, Any]:
    return {str(key).lower(): value for key, value in (options or {}).items()}


def _format_of(name: str, options: dict[str, Any]) -> DatasetFormat:
    output_first = str(options.get("output_columns_position") or "START").upper() != "END"
    known = {"csv": "csv", "json": "json", "parquet": "parquet"}
    known |= {"sagemakercapturejson": "capture", "sagemakermergejson": "merge"}
    kind = known.get(name.lower())
    if kind is None:
        raise AnalysisError(f"dataset_format {name} is not one of {', '.join(known)}")
    sections = tuple(options.get("captureindexnames") or ("endpointInput", "endpointOutput"))
    return DatasetFormat(
        kind=kind,
        header=bool(options.get("header", False)),
        # The SDK writes `lines` for a baseline; BatchTransformInput's JSON form says `Line`.
        lines=bool(options.get("lines", options.get("line", True))),
        output_first=output_first,
        sections=sections,
    )


def _attributes(variables: Mapping[str, str]) -> Attributes:
    threshold = variables.get("probability_threshold_attribute")
    try:
        value = float(threshold) if threshold else 0.5
    except ValueError as error:
        raise AnalysisError(
            f"probability_threshold_attribute must be a number; found: {threshold}"
        ) from error
    return Attributes(
        ground_truth=variables.get("ground_truth_attribute") or None,
        inference=variables.get("inference_attribute") or None,
        probability=variables.get("probability_attribute") or None,
        threshold=value,
    )


def _problem_type(variables: Mapping[str, str], kind: str) -> str | None:
    given = variables.get("problem_type") or None
    if kind == "MODEL_QUALITY" and given not in PROBLEM_TYPES:
        raise AnalysisError(f"problem_type must be one of {', '.join(PROBLEM_TYPES)}; found: {given}")
    return given


def _drift_method(variables: Mapping[str, str]) -> str | None:
    given = variables.get("categorical_drift_method") or None
    if given not in (None, "LInfinity", "ChiSquared"):
        raise AnalysisError(f"categorical_drift_method must be LInfinity or ChiSquared; found: {given}")
    return given


def _switch(variables: Mapping[str, str], name: str) -> bool:
    return variables.get(name, "Disabled").lower() == "enabled"


def _required_path(variables: Mapping[str, str], name: str, root: Path) -> Path:
    path = _path(variables, name, root)
    if path is None:
        raise AnalysisError(f"{name} is not set")
    return path


def _path(variables: Mapping[str, str], name: str, root: Path) -> Path | None:
    text = variables.get(name)
    return rebased(text, root) if text else None


def rebased(text: str, root: Path) -> Path:
    """Return a path of the container on this machine: what lies under `/opt/ml` moves to `root`."""
    path = PurePosixPath(text.removeprefix("file://"))
    if path.is_relative_to(CONTAINER_ROOT):
        return root / path.relative_to(CONTAINER_ROOT)
    return Path(path)


def _time(variables: Mapping[str, str], name: str) -> datetime | None:
    text = variables.get(name)
    if not text:
        return None
    return parse_time(text, name)


def parse_time(text: str, name: str) -> datetime:
    """Return an ISO-8601 instant; raise AnalysisError naming the field."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise AnalysisError(f"{name} is not an ISO-8601 time: {text}") from error
    return value if value.tzinfo else value.replace(tzinfo=UTC)
