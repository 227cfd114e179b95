"""Read model files of all releases into boosters (JSON, UBJSON, the old binary format, pickles), and write
models in the format of the requested image.

A pickle is read by an unpickler that knows only a booster's state, so that untrusted files cannot run code.
"""

from __future__ import annotations

import ctypes
import io
import json
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clary_programs.algorithms.xgboost import legacy
from clary_programs.algorithms.xgboost.booster import Booster
from clary_programs.algorithms.xgboost.checkpoints import UNFINISHED
from clary_programs.algorithms.xgboost.library import XGBoostError, check, library

# The images that leave a pickled Booster, by the beginning of their tag; from 1.3-1 on it is xgboost's own form.
# Source: developer guide "How to use SageMaker AI XGBoost"; aws/sagemaker-xgboost-container, `algorithm_mode/train.py`.
PICKLING_TAGS = ("0.", "1.0-", "1.2-")
OLDEST_TAGS = ("1", "latest")

_SERIAL_HEADER = b"CONFIG-offset:"


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded model. `tree_limit`: how many trees a pickle said to predict with, 0 for all. `pickled`: the container
    is strict about the width of rows for a model that it found pickled."""

    booster: Booster
    tree_limit: int = 0
    pickled: bool = False


def written(model: bytes, tag: str) -> bytes:
    """Return the artifact that the image of `tag` makes of a model in xgboost's own form."""
    if tag not in OLDEST_TAGS and not tag.startswith(PICKLING_TAGS):
        return model
    from xgboost import Booster as PickledBooster

    return pickle.dumps(PickledBooster(model_file=bytearray(model)))


def load_folder(folder: Path, ensemble: bool) -> list[Model]:
    """Return all models in a folder, by name, or only the first. Raise XGBoostError.

    Files whose names begin with a dot, unfinished files, and folders (`code/`) are ignored.
    """
    paths = sorted(path for path in folder.iterdir() if path.is_file() and _may_be_model(path.name))
    if not paths:
        raise XGBoostError(f"No model file found in {folder}")
    return [load_file(path) for path in (paths if ensemble else paths[:1])]


def _may_be_model(name: str) -> bool:
    return not name.startswith(".") and not name.endswith(UNFINISHED)


def load_file(path: Path) -> Model:
    """Return one model file. Raise XGBoostError that names it."""
    try:
        return load(path.read_bytes())
    except (XGBoostError, ValueError, pickle.UnpicklingError, EOFError, KeyError, TypeError) as error:
        raise XGBoostError(f"Model at {path} cannot be loaded:\n{error}") from error


def load(data: bytes) -> Model:
    """Return a model from a file's bytes. Raise XGBoostError, ValueError or UnpicklingError."""
    if data[:1] == b"\x80":
        state = _unpickle(data)
        return Model(
            _unserialize(bytes(state["handle"])), int(state.get("best_ntree_limit") or 0), pickled=True
        )
    if data[:1] == b"{":
        booster = Booster.create()
        booster.load(data)
        return Model(booster)
    return Model(_from_json(legacy.to_json(data)))


def _from_json(model: dict[str, Any]) -> Booster:
    booster = Booster.create()
    booster.load(json.dumps(model).encode())
    return booster


def _unserialize(data: bytes) -> Booster:
    """Return a pickled booster's memory: what `XGBoosterSerializeToBuffer` of some release wrote, or an old
    model."""
    if data[:2] == b'{"':
        return _from_json({**json.loads(data)["Model"], "version": legacy.VERSION})
    if data[:1] == b"{":
        booster = Booster.create()
        check(library().XGBoosterUnserializeFromBuffer(booster.handle, data, ctypes.c_uint64(len(data))))
        return booster
    if data.startswith(_SERIAL_HEADER):
        start = len(_SERIAL_HEADER) + 8
        size = int.from_bytes(data[start - 8 : start], "little")
        data = data[start : start + size]
    return _from_json(legacy.to_json(data))


class _State:
    """Stands for `xgboost.core.Booster` while unpickling: keeps its state, does nothing with it."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("xgboost.core", "Booster"):
            return _State
        if (module, name) == ("builtins", "bytearray"):
            return bytearray
        if (module, name) == ("_codecs", "encode"):
            return _encode
        if (module, name) == ("copyreg", "_reconstructor"):
            return _reconstruct
        if (module, name) == ("builtins", "object"):
            return object
        raise pickle.UnpicklingError(
            f"the pickle holds {module}.{name}, which is no part of an XGBoost Booster"
        )


def _encode(text: str, encoding: str = "latin1") -> bytes:
    return text.encode(encoding)


def _reconstruct(cls: type, base: type, state: object) -> object:
    if cls is not _State:
        raise pickle.UnpicklingError(f"{cls.__name__} is no XGBoost Booster")
    return _State()


def _unpickle(data: bytes) -> dict[str, Any]:
    # Python 2 wrote the booster's memory as text of one byte a character.
    loaded = _Unpickler(io.BytesIO(data), encoding="latin1").load()
    if not isinstance(loaded, _State) or "handle" not in loaded.__dict__:
        raise pickle.UnpicklingError("the pickle holds no XGBoost Booster")
    return loaded.__dict__
