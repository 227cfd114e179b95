"""Input against the model: required, length, range, enum, pattern, each in AWS's own sentence. Knows no protocol.

Sentences as recorded from the real services (`1 validation error detected: Value 'x' at 'a.b.1.member.c' failed to
satisfy constraint: ...`). Members that the model does not have are ignored, as AWS does: parsing drops them.
Limits are inclusive; lengths are characters of strings, bytes of blobs, elements of lists and maps.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from clary.kernel import AwsError
from clary.wire.constraints import Constraints, constraints_of
from clary.wire.shapes import OperationFacts, ServiceFacts, Shape
from clary.wire.validation_errors import validation_error
from clary.wire.violations import NOT_NULL, Enough, Path, Violation, Violations

Check = Callable[[Any, Path, Violations], None]
_CONTAINERS = ("structure", "list", "map")


def compile_check(operation: OperationFacts) -> Callable[[dict[str, Any]], None]:
    """Return a function that raises AwsError for input that the operation's model forbids."""
    if operation.input is None:
        return _accept
    check = Compiler(operation.service).check(operation.input)
    if check is None:
        return _accept

    def check_params(params: dict[str, Any]) -> None:
        errors = Violations()
        try:
            check(params, None, errors)
        except RecursionError:
            raise AwsError("SerializationException", "The input is nested too deeply.") from None
        except Enough:
            pass
        if errors:
            raise validation_error(operation, errors)

    return check_params


def _accept(params: dict[str, Any]) -> None:
    """Input that nothing is demanded of."""


class Compiler:
    """Turns shapes into checks; shapes that demand nothing, all the way down, give None."""

    def __init__(self, service: ServiceFacts) -> None:
        self._made: dict[str, Check | None] = service.compiled.setdefault("validate", {})

    def check(self, shape: Shape) -> Check | None:
        if shape.type_name not in _CONTAINERS:
            return _scalar(shape)
        if shape.name not in self._made:
            if not _demands(shape, set()):
                self._made[shape.name] = None
            else:
                # A shape that holds itself finds itself through the table, which is filled before anything is checked.
                self._made[shape.name] = self._later(shape.name)
                self._made[shape.name] = getattr(self, "_" + shape.type_name)(shape)
        return self._made[shape.name]

    def _later(self, name: str) -> Check:
        def later(value: Any, path: Path, errors: Violations) -> None:
            check = self._made[name]
            if check is not None:
                check(value, path, errors)

        return later

    def _structure(self, shape: Any) -> Check:
        required = tuple((name, _segment(name)) for name in shape.required_members)
        checks = {
            name: (check, _segment(name), bool(member.metadata.get("sensitive")))
            for name, member in shape.members.items()
            if (check := self.check(member)) is not None
        }

        def structure(value: Any, path: Path, errors: Violations) -> None:
            for name, segment in required:
                if value.get(name) is None:
                    errors.append(Violation((path, segment), name, None, NOT_NULL))
            for name, item in value.items():
                found = checks.get(name)
                if found is not None and item is not None:
                    found[0](item, (path, found[1]), errors)

        return structure

    def _list(self, shape: Any) -> Check:
        limits = constraints_of(shape)
        member, sparse = shape.member, _sparse(shape)
        if member.type_name not in _CONTAINERS:
            return _list_of_scalars(shape, limits, constraints_of(member), sparse)
        check = self.check(member)

        def elements(value: Any, path: Path, errors: Violations) -> None:
            limits.length(value, path, errors, shape)
            for at, item in enumerate(value, 1):
                if item is None:
                    if not sparse:
                        errors.append(Violation((path, f"{at}.member"), None, None, NOT_NULL))
                elif check is not None:
                    check(item, (path, f"{at}.member"), errors)

        return elements

    def _map(self, shape: Any) -> Check:
        limits, keys = constraints_of(shape), constraints_of(shape.key)
        values = constraints_of(shape.value)
        check = self.check(shape.value) if shape.value.type_name in _CONTAINERS else None

        def entries(value: Any, path: Path, errors: Violations) -> None:
            limits.length(value, path, errors, shape)
            if not keys.free and not all(map(keys.accepts, value)):
                errors.append(
                    Violation(path, None, value, f"Map keys must satisfy constraint: [{keys}]", shape)
                )
            if check is not None:
                for key, item in value.items():
                    if item is not None:
                        check(item, (path, f"{key}.member"), errors)
            elif not values.free and not all(map(values.accepts, value.values())):
                errors.append(
                    Violation(path, None, value, f"Map value must satisfy constraint: [{values}]", shape)
                )

        return entries


def _scalar(shape: Shape) -> Check | None:
    limits = constraints_of(shape)
    if limits.free or shape.serialization.get("streaming") or shape.serialization.get("jsonvalue"):
        return None
    accepts = limits.accepts

    def scalar(value: Any, path: Path, errors: Violations) -> None:
        if not accepts(value):
            for sentence in limits.broken_by(value):
                errors.append(Violation(path, None, value, sentence, shape))

    return scalar


def _list_of_scalars(shape: Any, limits: Constraints, members: Constraints, sparse: bool) -> Check:
    """Return a check that reports invalid members as one error of the list, with all the rules of its
    members."""

    def scalars(value: Any, path: Path, errors: Violations) -> None:
        limits.length(value, path, errors, shape)
        if None in value and not sparse:
            rules = f"{members}, {NOT_NULL}" if str(members) else NOT_NULL
            errors.append(Violation(path, None, value, f"Member must satisfy constraint: [{rules}]", shape))
        elif not members.free and not all(item is None or members.accepts(item) for item in value):
            errors.append(Violation(path, None, value, f"Member must satisfy constraint: [{members}]", shape))

    return scalars


def _demands(shape: Any, seen: set[str]) -> bool:
    """Return whether a shape, or anything below it, can be broken."""
    if shape.name in seen:
        return False
    if shape.type_name not in _CONTAINERS:
        return not constraints_of(shape).free
    seen = seen | {shape.name}
    if shape.type_name == "structure":
        return bool(shape.required_members) or any(
            _demands(member, seen) for member in shape.members.values()
        )
    return True  # a list may hold a null, a map be too long: cheap enough to look


def _sparse(shape: Any) -> bool:
    return bool(shape._shape_model.get("sparse"))


def _segment(member: str) -> str:
    """Return a member's name as the sentences spell it: `trainingJobName`, `kMSKeyId`."""
    return re.sub("^.", lambda first: first[0].lower(), member)
