"""libxgboost by ctypes: finding it, declaring what is used of its C API, and errors. Knows no matrix and no model.

Source: xgboost's documented C API (`include/xgboost/c_api.h`), whose functions used here are stable since 1.7.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
from functools import lru_cache
from pathlib import Path

U64 = ctypes.c_uint64
FLOATS = ctypes.POINTER(ctypes.c_float)
SHAPE = ctypes.POINTER(U64)

_P, _S, _I = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
_OUT = ctypes.POINTER(ctypes.c_void_p)
_U64P, _STRP, _INTP = ctypes.POINTER(U64), ctypes.POINTER(ctypes.c_char_p), ctypes.POINTER(ctypes.c_int)
_PREDICTED = [ctypes.POINTER(SHAPE), _U64P, ctypes.POINTER(FLOATS)]

_SIGNATURES: dict[str, list[object]] = {
    "XGDMatrixCreateFromDense": [_S, _S, _OUT],
    "XGDMatrixCreateFromCSR": [_S, _S, _S, U64, _S, _OUT],
    "XGDMatrixFree": [_P],
    "XGProxyDMatrixCreate": [_OUT],
    "XGDMatrixSetInfoFromInterface": [_P, _S, _S],
    "XGDMatrixSliceDMatrixEx": [_P, _P, U64, _OUT, _I],
    "XGDMatrixNumRow": [_P, _U64P],
    "XGDMatrixNumCol": [_P, _U64P],
    "XGBoosterCreate": [_OUT, U64, _OUT],
    "XGBoosterFree": [_P],
    "XGBoosterSetParam": [_P, _S, _S],
    "XGBoosterUpdateOneIter": [_P, _I, _P],
    "XGBoosterEvalOneIter": [_P, _I, _OUT, _STRP, U64, _STRP],
    "XGBoosterBoostedRounds": [_P, _INTP],
    "XGBoosterGetNumFeature": [_P, _U64P],
    "XGBoosterSaveModelToBuffer": [_P, _S, _U64P, ctypes.POINTER(_P)],
    "XGBoosterLoadModelFromBuffer": [_P, _S, U64],
    "XGBoosterUnserializeFromBuffer": [_P, _S, U64],
    "XGBoosterSaveJsonConfig": [_P, _U64P, _STRP],
    "XGBoosterSlice": [_P, _I, _I, _I, _OUT],
    "XGBoosterGetAttr": [_P, _S, _STRP, _INTP],
    "XGBoosterSetAttr": [_P, _S, _S],
    "XGBoosterPredictFromDMatrix": [_P, _P, _S, *_PREDICTED],
    "XGBoosterPredictFromDense": [_P, _S, _S, _P, *_PREDICTED],
    "XGTrackerCreate": [_S, _OUT],
    "XGTrackerRun": [_P, _S],
    "XGTrackerWaitFor": [_P, _S],
    "XGTrackerFree": [_P],
    "XGCommunicatorInit": [_S],
    "XGCommunicatorFinalize": [],
    "XGCommunicatorAllreduce": [_P, ctypes.c_size_t, _I, _I],
}


class XGBoostError(Exception):
    """libxgboost refused. The message is its own, without the stack trace."""


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL:
    """Return the loaded library with the functions above declared. Raise XGBoostError where there is none."""
    # OpenMP reads this when it is loaded. By default idle threads spin, and jobs that share a machine starve each
    # other: three trainings at once on two cores took 42 s spinning, 2.2 s waiting, and one alone 0.8 s either way.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    loaded = ctypes.CDLL(str(library_path()))
    loaded.XGBGetLastError.restype = ctypes.c_char_p
    for name, arguments in _SIGNATURES.items():
        if hasattr(loaded, name):
            function = getattr(loaded, name)
            function.argtypes, function.restype = arguments, ctypes.c_int
    return loaded


def library_path() -> Path:
    """Return where the installed `xgboost` package keeps its library; the package is found, not imported."""
    spec = importlib.util.find_spec("xgboost")
    folders = list(spec.submodule_search_locations or []) if spec else []
    for folder in folders:
        for found in sorted(Path(folder, "lib").glob("*xgboost*")):
            return found
    raise XGBoostError("the xgboost package is not installed, or has no library")


def check(status: int) -> None:
    """Raise the library's last error unless `status` is 0."""
    if status:
        raise XGBoostError(last_error())


def last_error() -> str:
    """Return what the library said last, on this thread."""
    return _reason(library().XGBGetLastError().decode("utf-8", "replace"))


def _reason(text: str) -> str:
    """Return `[12:00:00] file.cc:7: words … Stack trace: …` -> `words …`"""
    text = text.split("\nStack trace:", 1)[0].strip()
    if text.startswith("["):
        text = text.partition("] ")[2]
        path, colon, rest = text.partition(": ")
        text = rest if colon and " " not in path else text
    return text


def array_interface(address: int, shape: tuple[int, ...], typestr: str) -> bytes:
    """Return an array in memory as the JSON that libxgboost reads arrays from (NumPy's
    `__array_interface__`)."""
    dimensions = ",".join(map(str, shape))
    return b'{"data":[%d,true],"shape":[%b],"typestr":"%b","version":3}' % (
        address,
        dimensions.encode(),
        typestr.encode(),
    )
