"""xgboost's old binary model format (written by releases 0.4 to 3.0 to files without a suffix), turned into JSON.

Newer releases no longer read it, yet it is what training jobs with the images 1.3 to 1.7 left in S3, and what the
pickles of older ones hold. Little-endian, structures as of `learner_model_param.h`, `gbtree_model.h`, `tree_model.h`.

    ["binf"] learner 136 bytes | objective name | booster name | booster | attributes ...
    booster gbtree: 160 bytes | trees: 148 bytes, 20 a node, 16 a node's statistics | group of each tree
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any

from clary_programs.algorithms.xgboost.booster import Booster
from clary_programs.algorithms.xgboost.library import XGBoostError

VERSION = [1, 7, 6]
"""The JSON written here is what this release of xgboost wrote."""

_LEARNER = struct.Struct("<fIiiiIII104x")
_GBTREE = struct.Struct("<iiii qii128x")
_GBLINEAR_SIZE = 136
_TREE = struct.Struct("<iiiiii124x")
_RENAMED = {"reg:linear": "reg:squarederror"}
_LOGISTIC = ("binary:logistic", "reg:logistic", "binary:logitraw")
_EXPONENTIAL = ("count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft")
_LOW31 = 0x7FFFFFFF


@dataclass(slots=True)
class Reader:
    """Reads a model front to back. Raises XGBoostError where it is cut short."""

    data: bytes
    at: int = 0

    def take(self, size: int) -> bytes:
        if size < 0 or self.at + size > len(self.data):
            raise XGBoostError("not a model of xgboost: the binary form is cut short")
        self.at += size
        return self.data[self.at - size : self.at]

    def unpack(self, form: struct.Struct) -> tuple[Any, ...]:
        return form.unpack(self.take(form.size))

    def length(self) -> int:
        return struct.unpack("<Q", self.take(8))[0]

    def text(self) -> str:
        return self.take(self.length()).decode("utf-8", "replace")

    def numbers(self, count: int, kind: str = "f") -> list[Any]:
        return list(struct.unpack(f"<{count}{kind}", self.take(4 * count)))


def to_json(data: bytes) -> dict[str, Any]:
    """Return the model as the object of xgboost's JSON format. Raise XGBoostError if it is not such a model."""
    reader = Reader(data, 4 if data[:4] == b"binf" else 0)
    base_score, features, classes, has_attributes, _, major, _, targets = reader.unpack(_LEARNER)
    if features > 1 << 28 or not 0 <= classes < 1 << 20:
        raise XGBoostError("not a model of xgboost")
    objective, kind = reader.text(), reader.text()
    objective = _RENAMED.get(objective, objective)
    gradient_booster = _booster(reader, kind, features)
    attributes = _attributes(reader) if has_attributes else {}
    score = base_score if major >= 1 else _transformed(base_score, objective)
    learner = {
        "attributes": attributes,
        "feature_names": [],
        "feature_types": [],
        "gradient_booster": gradient_booster,
        "learner_model_param": {
            "base_score": repr(score),
            "boost_from_average": "1",
            "num_class": str(classes),
            "num_feature": str(features),
            "num_target": str(max(1, targets)),
        },
        "objective": _objective(objective, classes, features),
    }
    return {"learner": learner, "version": VERSION}


def _transformed(margin: float, objective: str) -> float:
    """Before 1.0 the base score was kept as a margin, since then as a prediction."""
    if objective in _LOGISTIC:
        return 1 / (1 + math.exp(-margin))
    return math.exp(margin) if objective in _EXPONENTIAL else margin


def _objective(name: str, classes: int, features: int) -> dict[str, Any]:
    """Return the objective with its parameters at their defaults, as the installed xgboost writes it."""
    booster = Booster.create()
    # Without a number of features xgboost will not tell how it is configured.
    booster.set([("objective", name), ("num_feature", str(features))])
    if classes:
        booster.set([("num_class", str(classes))])
    return booster.config()["learner"]["objective"]


def _booster(reader: Reader, kind: str, features: int) -> dict[str, Any]:
    if kind == "gbtree":
        return {"name": "gbtree", "model": _gbtree(reader, features)}
    if kind == "dart":
        gbtree = {"name": "gbtree", "model": _gbtree(reader, features)}
        weights = reader.numbers(reader.length()) if gbtree["model"]["trees"] else []
        return {"name": "dart", "gbtree": gbtree, "weight_drop": weights}
    if kind == "gblinear":
        reader.take(_GBLINEAR_SIZE)
        return {
            "name": "gblinear",
            "model": {"boosted_rounds": 0, "weights": reader.numbers(reader.length())},
        }
    raise XGBoostError(f"not a model of xgboost: unknown booster {kind[:40]!r}")


def _gbtree(reader: Reader, features: int) -> dict[str, Any]:
    count, parallel, *_ = reader.unpack(_GBTREE)
    trees = [_tree(reader, number, features) for number in range(count)]
    parameters = {
        "num_parallel_tree": str(max(1, parallel)),
        "num_trees": str(count),
        "size_leaf_vector": "0",
    }
    return {"gbtree_model_param": parameters, "tree_info": reader.numbers(count, "i"), "trees": trees}


def _tree(reader: Reader, number: int, features: int) -> dict[str, Any]:
    _, nodes, deleted, _, _, leaf_vector = reader.unpack(_TREE)
    if leaf_vector:
        raise XGBoostError("models with vector leaves in the old binary form are not supported")
    parents, left, right, split, conditions = _columns(reader, nodes, "<iiiIf")
    losses, hessians, weights, _ = _columns(reader, nodes, "<fffi")
    return {
        "base_weights": weights,
        "categories": [],
        "categories_nodes": [],
        "categories_segments": [],
        "categories_sizes": [],
        "default_left": [index >> 31 for index in split],
        "id": number,
        "left_children": left,
        "loss_changes": losses,
        # The top bit of `parent` says that this is a left child; a root has no parent.
        "parents": [parent & _LOW31 for parent in parents],
        "right_children": right,
        "split_conditions": conditions,
        "split_indices": [index & _LOW31 for index in split],
        "split_type": [0] * nodes,
        "sum_hessian": hessians,
        "tree_param": {
            "num_deleted": str(deleted),
            "num_feature": str(features),
            "num_nodes": str(nodes),
            "size_leaf_vector": "0",
        },
    }


def _columns(reader: Reader, rows: int, form: str) -> list[list[Any]]:
    structure = struct.Struct(form)
    unpacked = structure.iter_unpack(reader.take(structure.size * rows))
    return [list(column) for column in zip(*unpacked, strict=True)]


def _attributes(reader: Reader) -> dict[str, str]:
    pairs = [(reader.text(), reader.text()) for _ in range(reader.length())]
    return {name: value for name, value in pairs if not name.startswith("SAVED_PARAM_")}
