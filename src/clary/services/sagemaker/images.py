"""Image URIs: which program stands for an AWS image. It is found by repository and tag, never by account
or region."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_URI = re.compile(
    r"(?:(?P<registry>[a-z0-9.-]+(?::\d+)?)/)?(?P<repository>[a-z0-9._/-]+)(?::(?P<tag>[\w.-]+))?(?:@sha256:[0-9a-f]{64})?"
)

# Repository -> framework of clary_programs.entry. The repositories are AWS's own names
# (https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html).
FRAMEWORKS = {
    "xgboost": "xgboost",
    "sagemaker-xgboost": "xgboost",
    "sagemaker-scikit-learn": "sklearn",
    "pytorch-training": "pytorch",
    "pytorch-inference": "pytorch",
    "python": "python",
}
# Plain Python in every version of its image: sagemaker-base-python, -38, -310, -v4 …
_BASE_PYTHON = "sagemaker-base-python"
AGENTS = {"sagemaker-model-monitor-analyzer": ("{python}", "-m", "clary_programs.agents.model_monitor")}

# The XGBoost container's evaluation metrics (https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html
# and the container's README); a tab in its log lines arrives as #011.
_XGBOOST_METRICS = [
    "accuracy",
    "aft-nloglik",
    "auc",
    "aucpr",
    "balanced_accuracy",
    "cox-nloglik",
    "error",
    "f1",
    "f1_binary",
    "f1_macro",
    "gamma-deviance",
    "gamma-nloglik",
    "interval-regression-accuracy",
    "logloss",
    "mae",
    "map",
    "mape",
    "merror",
    "mlogloss",
    "mphe",
    "mse",
    "ndcg",
    "poisson-nloglik",
    "precision",
    "precision_macro",
    "precision_micro",
    "r2",
    "recall",
    "recall_macro",
    "recall_micro",
    "rmse",
    "rmsle",
    "tweedie-nloglik",
]

_NUMBER = r"([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)"

OFFER = f"These repositories of AWS's own are available, in any account: {', '.join(sorted({*FRAMEWORKS, *AGENTS, _BASE_PYTHON}))}."
"""What follows the refusal of an image: others must be pushed to ECR."""

_XGBOOST_DEFINITIONS = [
    {
        "Name": f"{channel}:{metric}",
        "Regex": rf".*\[[0-9]+\].*#011{channel}-{re.escape(metric)}:{_NUMBER}.*",
    }
    for channel in ("train", "validation")
    for metric in _XGBOOST_METRICS
]


@dataclass(frozen=True, slots=True)
class Image:
    """An image. `framework` names a framework of clary_programs.entry; an agent has none, and a fixed `command`. An image of
    a user's own has neither: its programs are in it (own_images.py)."""

    repository: str
    tag: str
    framework: str = ""
    command: tuple[str, ...] = ()

    @property
    def train(self) -> tuple[str, ...]:
        return self.command or ("{python}", "-m", "clary_programs.entry", self.framework, "train")

    @property
    def serve(self) -> tuple[str, ...]:
        return self.command or ("{python}", "-m", "clary_programs.entry", self.framework, "serve")

    @property
    def is_built_in(self) -> bool:
        """Return whether the image has an algorithm of its own, whose exit code 2 means a customer's
        mistake."""
        return self.framework == "xgboost"

    @property
    def metric_definitions(self) -> list[dict[str, str]]:
        """Return definitions of the metrics that the algorithm's own log lines contain."""
        return _XGBOOST_DEFINITIONS if self.framework == "xgboost" else []


def resolve(uri: str) -> Image:
    """Return the program of an image URI, and one without a program for an image of a user's own."""
    return known(uri) or Image(uri, "")


@lru_cache(maxsize=256)
def known(uri: str) -> Image | None:
    """Return the program that stands for one of AWS's images, None for any other."""
    match = _URI.fullmatch(uri)
    if match:
        repository = match["repository"].rsplit("/", 1)[-1]
        tag = match["tag"] or ""
        if repository == _BASE_PYTHON or repository.startswith(f"{_BASE_PYTHON}-"):
            return Image(repository, tag, framework="python")
        if repository in FRAMEWORKS:
            return Image(repository, tag, framework=FRAMEWORKS[repository])
        if repository in AGENTS:
            return Image(repository, tag, command=AGENTS[repository])
    return None
