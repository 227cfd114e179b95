"""Service descriptions as botocore ships them, without their prose and with our corrections. Knows no protocol."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, NamedTuple

import botocore
import orjson

Description = dict[str, Any]
_DATA = Path(botocore.__file__).parent / "data"
_DECODER = json.JSONDecoder()
_PARTITION = re.compile(rb'"partition"\s*:\s*"')
_HEAD = 16 << 10  # bytes of a model in which its metadata is


def description(service: str) -> Description:
    """Return the model of a service as botocore names it (`s3`, `sagemaker-runtime`). Raise LookupError for
    others."""
    model = _read(service, "service-2", {})
    if not model:
        raise LookupError(f"there is no service {service}")
    _strip_prose(model)
    return merge(model, patches().get(service, {}))


def paginators(service: str) -> dict[str, Description]:
    """Return how each listing operation pages: operation name -> input_token, output_token, result_key,
    limit_key."""
    return _read(service, "paginators-1", {}).get("pagination", {})


def all_metadata() -> Iterator[tuple[str, Description]]:
    """Yield the name of every service and what its model says of the service itself, read without the rest of
    the model."""
    for folder in sorted(path for path in _DATA.iterdir() if path.is_dir()):
        found = next(
            (path for one in _versions(folder) for path in sorted(one.glob("service-2.json*"))), None
        )
        if found is not None:
            yield folder.name, merge(_metadata(found), patches().get(folder.name, {}).get("metadata", {}))


def _metadata(path: Path) -> Description:
    """Return the metadata of a model file, which stands at its beginning."""
    import gzip  # only where a model is read

    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rb") as file:
        head = file.read(_HEAD).decode(errors="ignore")
    return json.JSONDecoder().raw_decode(head.partition('"metadata":')[2].lstrip())[0]


class _Partition(NamedTuple):
    regions: frozenset[str]
    iam: Description


@cache
def _partitions() -> dict[str, _Partition]:
    """Return the needed parts of botocore's endpoints. Reading the whole file takes a megabyte of JSON and seven of
    memory."""
    with open(_DATA / "endpoints.json", "rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as whole:
        cuts = [*(found.start() for found in _PARTITION.finditer(whole)), len(whole)]
        return {
            _after(whole, start, end, b"partition", ""): _Partition(
                frozenset(_after(whole, start, end, b"regions", {})), _after(whole, start, end, b"iam", {})
            )
            for start, end in pairwise(cuts)
        }


def _after(whole: mmap, start: int, end: int, name: bytes, default: Any) -> Any:
    """Return the value of the first member with this name between two positions, or `default`."""
    found = re.compile(rb'"%b"\s*:\s*' % name).search(whole, start, end)
    if found is None:
        return default
    # A value ends where the text is first well-formed JSON; the values read here are all shorter than _HEAD.
    return _DECODER.raw_decode(whole[found.end() : min(found.end() + _HEAD, end)].decode(errors="ignore"))[0]


@cache
def partitions() -> tuple[str, ...]:
    """Return the names of AWS's partitions (`aws`, `aws-cn`, `aws-us-gov` …)."""
    return tuple(_partitions())


@cache
def regions(partition: str) -> frozenset[str]:
    """Return the names of the regions of a partition (`aws`, `aws-cn`, `aws-us-gov` …); empty for an unknown one."""
    found = _partitions().get(partition)
    return found.regions if found else frozenset()


@cache
def home_region(partition: str) -> str:
    """Return the region that a partition's global services (IAM, and S3 where no bucket is named) are signed for:
    us-east-1 in `aws`; for a partition that has none, the first of its regions."""
    found = _partitions().get(partition)
    iam = found.iam if found else {}
    endpoint = iam.get("endpoints", {}).get(iam.get("partitionEndpoint"), {})
    return endpoint.get("credentialScope", {}).get("region") or min(regions(partition), default="us-east-1")


@cache
def patches() -> dict[str, Description]:
    """Return where botocore's models are silent or wrong: service -> what to merge into its description."""
    return orjson.loads(Path(__file__).with_name("patches.json").read_bytes())


def merge(target: Description, patch: Description) -> Description:
    """Merge by RFC 7396: objects member by member, null removes, all else replaces."""
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict):
            target[key] = merge(target[key] if isinstance(target.get(key), dict) else {}, value)
        else:
            target[key] = value
    return target


def _read(service: str, name: str, default: Description) -> Description:
    if not service or not service.replace("-", "").isalnum():  # a name becomes a path
        return default
    for folder in _versions(_DATA / service):
        found = _load(folder / f"{name}.json")
        if found is not None:
            extras = _load(folder / f"{name}.sdk-extras.json") or {}
            return merge(found, extras.get("merge", {}))
    return default


def _versions(folder: Path) -> list[Path]:
    """Return the folders of a service's versions, the newest first."""
    return sorted(folder.glob("[0-9]*"), reverse=True) if folder.is_dir() else []


def _load(path: Path) -> Description | None:
    found = _bytes(path)
    return None if found is None else orjson.loads(found)


def _bytes(path: Path) -> bytes | None:
    packed = path.with_suffix(".json.gz")
    if packed.exists():
        import gzip

        return gzip.decompress(packed.read_bytes())
    return path.read_bytes() if path.exists() else None


def _strip_prose(model: Description) -> None:
    """Drop the documentation, which is most of a model's size and nothing here reads."""
    model.pop("documentation", None)
    for operation in model["operations"].values():
        operation.pop("documentation", None)
    for shape in model["shapes"].values():
        shape.pop("documentation", None)
        for member in shape.get("members", {}).values():
            member.pop("documentation", None)
