"""A column with its values' types counted, as Deequ (the library inside AWS's analyser) infers them.

It knows Arrow arrays and the spelling of numbers; it does not know where the values came from.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .errors import AnalysisError

INTEGRAL, FRACTIONAL, STRING, UNKNOWN = "Integral", "Fractional", "String", "Unknown"

_INTEGRAL_TEXT = r"^\s*[-+]?\d+\s*$"
_FRACTIONAL_TEXT = r"^\s*[-+]?(\d+\.\d*|\.\d+|\d+(\.\d*)?[eE][-+]?\d+|\.\d+[eE][-+]?\d+)\s*$"


@dataclass(frozen=True)
class Column:
    """A feature: `size` rows, and how many of the present values are integral, fractional or text.

    `numbers` are the present values of a numeric column, in no particular order. `labels` and `label_counts`
    are the distinct texts and how often each occurs; absent when the column was read as numbers.
    """

    name: str
    size: int
    integral: int
    fractional: int
    text: int
    numbers: NDArray[np.float64]
    labels: tuple[str, ...] | None = None
    label_counts: NDArray[np.int64] | None = None

    @property
    def present(self) -> int:
        """How many values are not null."""
        return self.integral + self.fractional + self.text

    @property
    def missing(self) -> int:
        """How many values are null."""
        return self.size - self.present

    @property
    def completeness(self) -> float:
        """The share of values that are not null, 0 to 1; 1 for a column without rows."""
        return self.present / self.size if self.size else 1.0

    @property
    def inferred_type(self) -> str:
        """One text makes a column String, one fraction makes it Fractional."""
        if self.text:
            return STRING
        if self.fractional:
            return FRACTIONAL
        return INTEGRAL if self.integral else UNKNOWN


def columns_of(table: pa.Table) -> list[Column]:
    """Every column of the table, typed; raise AnalysisError for nested ones."""
    return [column_of(name, table.column(name)) for name in table.column_names]


def column_of(name: str, values: pa.ChunkedArray) -> Column:
    """Return the column with its types counted."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return column_of(name, values.cast(kind.value_type))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _from_numbers(name, values, fractional=not pa.types.is_integer(kind))
    if pa.types.is_nested(kind):
        raise AnalysisError(f"Column {name} is nested; only tabular or flattened data can be analysed")
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise AnalysisError(f"Column {name} is not UTF-8 text")
    return _from_texts(name, values.cast(pa.string()))


def _from_numbers(name: str, values: pa.ChunkedArray, fractional: bool) -> Column:
    numbers = values.cast(pa.float64(), safe=False).drop_null().to_numpy()
    numbers = numbers[np.isfinite(numbers)] if fractional else numbers
    count = len(numbers)
    return Column(
        name, len(values), integral=0 if fractional else count, fractional=count * fractional, text=0,
        numbers=numbers,
    )  # fmt: skip


def _from_texts(name: str, values: pa.ChunkedArray) -> Column:
    # Distinct values are few where columns are long: the patterns run over those only.
    counted = values.drop_null().value_counts()
    texts, counts = counted.field("values"), counted.field("counts").to_numpy()
    whole = _matches(texts, _INTEGRAL_TEXT)
    broken = _matches(texts, _FRACTIONAL_TEXT)
    text = int(counts[~(whole | broken)].sum())
    return Column(
        name=name,
        size=len(values),
        integral=int(counts[whole].sum()),
        fractional=int(counts[broken].sum()),
        text=text,
        numbers=np.empty(0) if text else np.repeat(_parsed(texts), counts),
        labels=tuple(texts.to_pylist()),
        label_counts=counts,
    )


def _matches(texts: pa.Array, pattern: str) -> NDArray[np.bool_]:
    return pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False).astype(bool)


def _parsed(texts: pa.Array) -> NDArray[np.float64]:
    bare = pc.ascii_ltrim(pc.ascii_trim_whitespace(texts), "+")
    return np.asarray([float(text) for text in bare.to_pylist()], dtype=np.float64)
