"""What SelectObjectContent asks for, as the task of a process. Raises what AWS answers for members that make no sense.

Source: SelectObjectContent (https://docs.aws.amazon.com/AmazonS3/latest/API/API_SelectObjectContent.html) and the list of its error codes.
"""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError

Params = dict[str, Any]

_LONGEST = 256 << 10
SECONDS = 300
"""CPU time of a query."""
_MARKS = {"RecordDelimiter": "\n", "FieldDelimiter": ",", "QuoteCharacter": '"', "QuoteEscapeCharacter": '"'}
_SCANS = (
    "Scan range queries are not supported on this type of object. Supported objects are uncompressed CSV and JSON objects "
    "(JSON in LINES mode only, CSV without quoted record delimiters), and Parquet objects."
)
_CONFLICT = (
    "The request contains more than one format: for InputSerialization one of CSV, JSON and Parquet, for OutputSerialization "
    "one of CSV and JSON can be specified."
)


def task_of(params: Params) -> Params:
    """Return the task for the process, but for what depends on the object."""
    if (params.get("ExpressionType") or "").upper() != "SQL":
        raise _refused(
            "InvalidExpressionType", "The ExpressionType is invalid. Only SQL expressions are supported."
        )
    expression = params["Expression"]
    if len(expression.encode("utf-8", "surrogatepass")) > _LONGEST:
        message = "The SQL expression is too long: The maximum byte-length for the SQL expression is 256 KB."
        raise _refused("ExpressionTooLong", message)
    given = params["InputSerialization"]
    task = {
        "expression": expression,
        "input": _input(given),
        "compression": _compression(given),
        "output": _output(params["OutputSerialization"]),
        "progress": bool((params.get("RequestProgress") or {}).get("Enabled")),
        "seconds": SECONDS,
    }
    if params.get("ScanRange") is not None:
        _check_scan(task)
    return task


def _refused(code: str, message: str) -> AwsError:
    return AwsError(code, message, 400)


def _missing(name: str) -> AwsError:
    message = f"{name} is required. Please check the service documentation and try again."
    return _refused("MissingRequiredParameter", message)


def _format(given: Params, names: tuple[str, ...], member: str) -> str:
    found = [name for name in names if given.get(name) is not None]
    if len(found) > 1:
        raise _refused("ObjectSerializationConflict", _CONFLICT)
    if not found:
        raise _missing(member)
    return found[0]


def _input(given: Params) -> Params:
    name = _format(given, ("CSV", "JSON", "Parquet"), "InputSerialization")
    if name == "JSON":
        return {"JSON": {"Type": _json_type(given["JSON"])}}
    return {"CSV": _csv_input(given["CSV"])} if name == "CSV" else {"Parquet": {}}


def _json_type(given: Params) -> str:
    found = (given.get("Type") or "").upper()
    if not found:
        raise _missing("Type")
    return _one_of(found, ("DOCUMENT", "LINES"), "InvalidJsonType", "JsonType")


def _one_of(value: str, among: tuple[str, ...], code: str, name: str) -> str:
    if value.upper() not in among:
        choices = ", ".join(among[:-1]) + f" and {among[-1]}"
        raise _refused(code, f"The {name} is invalid. Only {choices} are supported.")
    return value.upper()


def _csv_input(given: Params) -> Params:
    header = given.get("FileHeaderInfo") or "NONE"
    form = {name: _mark(given, name, default) for name, default in _MARKS.items()}
    if not form["RecordDelimiter"] or not form["FieldDelimiter"]:
        raise _invalid("RecordDelimiter" if not form["RecordDelimiter"] else "FieldDelimiter")
    return {
        **form,
        "Comments": _mark(given, "Comments", "#"),
        "AllowQuotedRecordDelimiter": bool(given.get("AllowQuotedRecordDelimiter")),
        "FileHeaderInfo": _one_of(
            header, ("NONE", "USE", "IGNORE"), "InvalidFileHeaderInfo", "FileHeaderInfo"
        ),
    }


def _mark(given: Params, name: str, default: str, longest: int | None = 2) -> str:
    """Return a delimiter or a quote. An empty quote switches quoting off."""
    found = given.get(name)
    if found is None:
        return default
    if longest is not None and len(found) > (longest if "Delimiter" in name else 1):
        raise _invalid(name)
    return found


def _invalid(name: str) -> AwsError:
    message = f"The value of a parameter in SelectRequest element is invalid: {name}."
    return _refused("InvalidRequestParameter", message)


def _compression(given: Params) -> str:
    found = (given.get("CompressionType") or "NONE").upper()
    if found not in ("NONE", "GZIP", "BZIP2") or (found != "NONE" and given.get("Parquet") is not None):
        message = "The file is not in a supported compression format. Only GZIP and BZIP2 are supported."
        raise _refused("InvalidCompressionFormat", message)
    return found


def _output(given: Params) -> Params:
    name = _format(given, ("CSV", "JSON"), "OutputSerialization")
    if name == "JSON":
        return {"JSON": {"RecordDelimiter": _mark(given["JSON"], "RecordDelimiter", "\n", None)}}
    form = {mark: _mark(given["CSV"], mark, default, None) for mark, default in _MARKS.items()}
    quotes = given["CSV"].get("QuoteFields") or "ASNEEDED"
    form["QuoteFields"] = _one_of(quotes, ("ALWAYS", "ASNEEDED"), "InvalidQuoteFields", "QuoteFields")
    return {"CSV": form}


def _check_scan(task: Params) -> None:
    form = task["input"]
    documents = form.get("JSON", {}).get("Type") == "DOCUMENT"
    quoted = form.get("CSV", {}).get("AllowQuotedRecordDelimiter")
    if task["compression"] != "NONE" or documents or quoted:
        raise _refused("UnsupportedScanRangeInput", _SCANS)


def range_of(params: Params, size: int) -> tuple[int, int | None]:
    """Return first and last byte of the range in which records begin; the last is None for all."""
    given = params.get("ScanRange")
    if given is None:
        return 0, None
    start, end = given.get("Start"), given.get("End")
    if start is None and end is None:
        raise _bad_range()
    if start is None:  # "only the End parameter is supplied, it is interpreted to mean scan the last N bytes"
        return max(size - end, 0), None
    if start < 0 or (end is not None and end < start) or (size and start >= size):
        raise _bad_range()
    return start, end


def _bad_range() -> AwsError:
    return _refused("InvalidScanRange", "The value of a parameter in ScanRange is invalid.")
