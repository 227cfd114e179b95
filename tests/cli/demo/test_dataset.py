"""Files as users have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from clary.cli.demo import dataset
from clary.cli.errors import CliError

_ROWS = 60


def _file(path: Path, delimiter: str = ",", encoding: str = "utf-8", rows: int = _ROWS) -> Path:
    lines = [
        delimiter.join(("größe", "b", "y")),
        *(delimiter.join((str(n), f"t{n % 3}", str(n * 2))) for n in range(rows)),
    ]
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def test_the_bundled_data_is_scikit_learns_in_its_own_units() -> None:
    found = dataset.bundled()
    header, first, *_ = found.content.decode().splitlines()
    assert header == "age,sex,bmi,bp,s1,s2,s3,s4,s5,s6,progression"
    assert first.startswith("59.0,2.0,32.1")
    assert first.endswith(",151.0")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_delimiters_and_encodings_are_found(tmp_path: Path, delimiter: str, encoding: str) -> None:
    found = dataset.from_file(_file(tmp_path / "f.csv", delimiter, encoding), "größe")
    assert found.delimiter == delimiter
    assert found.content.decode().startswith("größe")


def test_a_wrong_target_is_told_the_columns(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="it has: größe, b, y"):
        dataset.from_file(_file(tmp_path / "f.csv"), "z")


def test_too_few_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="39 rows"):
        dataset.from_file(_file(tmp_path / "f.csv", rows=39), "y")


def test_binary_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes(b"PK\0\0")
    with pytest.raises(CliError, match="not a CSV"):
        dataset.from_file(tmp_path / "f.csv", "y")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="cannot be read: No such file"):
        dataset.from_file(tmp_path / "none.csv", "y")


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("a,a,y\n" + "1,2,3\n" * _ROWS)
    with pytest.raises(CliError, match="two columns of one name"):
        dataset.from_file(tmp_path / "f.csv", "y")


def test_the_column_that_was_meant_is_named(tmp_path: Path) -> None:
    path = _file(tmp_path / "mine.csv")
    name = path.read_text().partition(",")[0]
    with pytest.raises(CliError, match=f"did you mean '{name}'"):
        dataset.from_file(path, name.upper())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "mine.csv is empty"),
        ("a,b\n", "has 0 rows of data"),
        (
            "a,b\n1,2\n1,2,3\n" + 60 * "1,2\n",
            "mine.csv, line 3: 3 values, and the first line names 2 columns",
        ),
        (f'a,b\n1,"{200_000 * "x"}"\n', "mine.csv is not a CSV file: field larger than"),
    ],
)
def test_what_is_no_table_is_told(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "mine.csv").write_text(text)
    with pytest.raises(CliError, match=words):
        dataset.from_file(tmp_path / "mine.csv", "a")


def test_a_quoted_delimiter_after_a_space_is_one_value(tmp_path: Path) -> None:
    """As the processing job reads it."""
    (tmp_path / "mine.csv").write_text("a,b\n" + 60 * '1, "x, y"\n')
    assert dataset.from_file(tmp_path / "mine.csv", "a").delimiter == ","
