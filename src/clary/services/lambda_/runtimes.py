"""Which runtimes this machine has, and the program of each.

Python functions run on any interpreter of that version that this machine has; `provided` runtimes bring a `bootstrap` of
their own. Everything else is refused by name. What AWS has retired is refused with AWS's sentence
(https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html).
"""

from __future__ import annotations

import os
import re
import sys
from functools import cache

from clary.kernel.errors import not_implemented
from clary.runs.programs import which
from clary.services.lambda_.errors import invalid

_PYTHON = re.compile(r"python(3\.\d+)")
_PROVIDED = ("provided.al2", "provided.al2023")
_RETIRED = frozenset(
    [
        *(
            "nodejs",
            "nodejs4.3",
            "nodejs4.3-edge",
            "nodejs6.10",
            "nodejs8.10",
            "nodejs10.x",
            "nodejs12.x",
            "nodejs14.x",
        ),
        *("python2.7", "python3.6", "python3.7", "java8", "go1.x", "provided", "ruby2.5", "ruby2.7"),
        *("dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1"),
    ]
)
OWN = f"python{sys.version_info.major}.{sys.version_info.minor}"


def require(operation: str, runtime: str) -> None:
    """Raise InvalidParameterValue for a runtime that AWS has retired, NotImplemented for one that is not here."""
    if runtime in _RETIRED:
        raise invalid(
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. "
            "We recommend you use a supported runtime while creating or updating functions."
        )
    if runtime not in _PROVIDED and interpreter(runtime) is None:
        raise not_implemented("lambda", f"{operation} with Runtime={runtime} on this machine")


def is_python(runtime: str) -> bool:
    """Tell whether a runtime is one of Python's."""
    return bool(_PYTHON.fullmatch(runtime))


@cache
def interpreter(runtime: str) -> str | None:
    """Return the path of the Python that a runtime means, or None where this machine has none."""
    found = _PYTHON.fullmatch(runtime)
    if found is None:
        return None
    if runtime == OWN:
        return sys.executable
    path = which(f"python{found[1]}", "/usr/local/bin:/usr/bin")
    real = os.path.realpath(path) if path else ""
    return real if os.path.basename(real) == f"python{found[1]}" else None


def version_arn(partition: str, region: str, runtime: str) -> str:
    """Return the ARN of a runtime's version: AWS names versions by a digest of their image; here it is the runtime."""
    import hashlib

    digest = hashlib.sha256(f"{runtime}/{interpreter(runtime) or ''}".encode()).hexdigest()
    return f"arn:{partition}:lambda:{region}::runtime:{digest}"
