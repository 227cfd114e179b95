"""Automatic registration: SageMaker's registry follows MLflow's, model by model and version by version
(https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-track-experiments-model-registration.html).

    registered model             model package group `NAME-SUFFIX`
    model version                model package of it; MLflow's version gets its ARN as the tag sagemaker.model_package_arn
    alias sagemakerlifecycle-…   ModelLifeCycle of the package

All of it is done as the server's role. A package is created in the transaction that notes it, and the tag is written after
that: so a controller that is killed at any moment finds what it has done.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from clary.kernel import AwsError
from clary.plane import Record, World
from clary.services.sagemaker.mlflow import names, specification, talk
from clary.store.api import Tx

log = logging.getLogger("clary.sagemaker")

TAG = "sagemaker.model_package_arn"
_TABLE = "sagemaker_mlflow_package"
_ALIAS = re.compile(r"sagemakerlifecycle-(staging|production)-(pending|active)")
_EVERY = 60.0  # seconds between looks that nothing has asked for
_RETRY = 15.0  # seconds after one that failed
_PAGE = 200
_MOST_PAGES = 500


Found = dict[str, Any]
"""A registered model or a version of one, as MLflow's REST API shows it."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What a look at MLflow's registry came to: when to look again (None: never), and what to note in the record."""

    after: float | None = None
    private: dict[str, Any] = field(default_factory=dict)


def carry_over(server: Record, world: World, socket: str) -> Carried:
    """Carry over what is new in MLflow's registry, if that is asked for and it is time to look."""
    if not names.is_registering(server):
        return Carried()
    wanted = int(server.private.get("wanted", 0))
    left = float(server.private.get("look_at", 0.0)) - world.now
    if wanted == server.private.get("carried") and left > 0:
        return Carried(min(left, _EVERY))
    again = _EVERY if _followed(server, world, socket) else _RETRY
    return Carried(again, {"look_at": world.now + again, "carried": wanted})


def _followed(server: Record, world: World, socket: str) -> bool:
    """Carry over all that is new; return whether all of it could be. One model does not keep the others back."""
    registry, whole = _Registry(server, world, socket), True
    try:
        for work in registry.work():
            try:
                work()
            except AwsError as error:
                log.warning("a model of %s is not registered: %s", server.arn, error)
                whole = False
    except talk.Refused as error:
        log.warning("the registry of %s cannot be read: %s", server.arn, error)
        return False
    return whole


def forget(tx: Tx, server: str) -> None:
    """Forget which packages came of the models of a server. The packages stay."""
    tx.sql(f"delete from {_TABLE} where server = ?", server)


class _Registry:
    """One look at the registry of a server."""

    def __init__(self, server: Record, world: World, socket: str) -> None:
        self._server, self._world, self._socket = server, world, socket
        self._role = server.spec["RoleArn"]

    def work(self) -> Iterator[Callable[[], None]]:
        """Yield what is to be done for every model and every version, the oldest version first. What is done raises AwsError
        where the role may not; both raise Refused where MLflow does not answer."""
        models = self._pages("registered-models/search", "registered_models")
        for model in models:
            if self._can_be(model["name"]):
                yield partial(self._group, model["name"])
        versions = self._pages("model-versions/search", "model_versions")
        for version in sorted(versions, key=lambda one: (one["name"], int(one["version"]))):
            if self._can_be(version["name"]):
                yield partial(self._version, version)
        yield from self._life_cycles(models, versions)

    def _life_cycles(self, models: list[Found], versions: list[Found]) -> Iterator[Callable[[], None]]:
        """Yield what is to be done for the versions that have aliases of the life cycle: a model knows them, its versions
        do not."""
        found: dict[tuple[str, str], list[str]] = {}
        for model in models:
            for one in model.get("aliases", []):
                if _ALIAS.fullmatch(one["alias"]):
                    found.setdefault((model["name"], str(one["version"])), []).append(one["alias"])
        for version in versions:
            aliases = found.get((version["name"], str(version["version"])), [])
            yield partial(self._life_cycle, version, sorted(aliases))

    def _can_be(self, model: str) -> bool:
        return names.is_group_name(names.group_of(self._server, model))

    def _pages(self, operation: str, member: str) -> list[Found]:
        found: list[dict[str, Any]] = []
        token = None
        for _ in range(_MOST_PAGES):
            page = talk.ask(self._socket, operation, max_results=_PAGE, page_token=token)
            found += page.get(member, [])
            token = page.get("next_page_token")
            if not token:
                break
        return found

    def _call(self, operation: str, params: dict[str, Any], unit: Any = None) -> dict[str, Any]:
        return self._world.call("sagemaker", operation, params, unit, role=self._role)

    def _group(self, model: str) -> None:
        name = names.group_of(self._server, model)
        if self._world.get("sagemaker:ModelPackageGroup", name) is None:
            said = f"Model {model} of {self._server.arn}"
            self._call(
                "CreateModelPackageGroup",
                {"ModelPackageGroupName": name, "ModelPackageGroupDescription": said},
            )

    def _version(self, version: Found) -> None:
        package = self._noted(version) or self._created(version)
        tags = {tag["key"]: tag["value"] for tag in version.get("tags", [])}
        if tags.get(TAG) != package:
            talk.tell(
                self._socket,
                "model-versions/set-tag",
                name=version["name"],
                version=version["version"],
                key=TAG,
                value=package,
            )

    def _created(self, version: Found) -> str:
        """Create the package of a version, and note it in the same transaction."""
        request = self._request(version)
        try:
            return self._registered(version, request)
        except AwsError as error:
            if "InferenceSpecification" not in request or error.code.startswith("AccessDenied"):
                raise
            log.warning("the inference specification of %s is ignored: %s", version["name"], error)
            return self._registered(version, {**request, "InferenceSpecification": {}})

    def _registered(self, version: Found, request: dict[str, Any]) -> str:
        wanted = {name: value for name, value in request.items() if value}
        with self._world.platform.transaction(write=True) as unit:
            package = self._call("CreateModelPackage", wanted, unit)["ModelPackageArn"]
            unit.tx.sql(
                f"insert into {_TABLE} (server, name, version, created, package) values (?, ?, ?, ?, ?)",
                *self._key(version),
                package,
            )
        return package

    def _request(self, version: Found) -> dict[str, Any]:
        uri = talk.ask(
            self._socket,
            "model-versions/get-download-uri",
            name=version["name"],
            version=version["version"],
        ).get("artifact_uri", "")
        origin = {
            "mlflow.server": self._server.arn,
            "mlflow.model": version["name"],
            "mlflow.version": version["version"],
            "mlflow.run_id": version.get("run_id", ""),
        }
        request: dict[str, Any] = {
            "ModelPackageGroupName": names.group_of(self._server, version["name"]),
            "CustomerMetadataProperties": {name: value for name, value in origin.items() if value},
        }
        if version.get("description"):
            request["ModelPackageDescription"] = version["description"][:1024]
        if uri:
            request["SourceUri"] = uri
        found = specification.found_at(self._world, self._role, uri)
        return {**request, "InferenceSpecification": found} if found else request

    def _life_cycle(self, version: Found, aliases: list[str]) -> None:
        """Carry over the aliases that are new, and note all."""
        package, noted = self._row(version)
        known = json.loads(noted)
        if not package or aliases == known:
            return
        for alias in [one for one in aliases if one not in known]:
            stage, status = _ALIAS.fullmatch(alias).groups()  # type: ignore[union-attr]
            life = {"Stage": stage, "StageStatus": status}
            self._call("UpdateModelPackage", {"ModelPackageArn": package, "ModelLifeCycle": life})
        with self._world.platform.transaction(write=True) as unit:
            unit.tx.sql(
                f"update {_TABLE} set aliases = ? where server = ? and name = ? and version = ? and created = ?",
                json.dumps(aliases),
                *self._key(version),
            )

    def _noted(self, version: Found) -> str:
        return self._row(version)[0]

    def _row(self, version: Found) -> tuple[str, str]:
        with self._world.platform.store.read() as tx:
            rows = tx.sql(
                f"select package, aliases from {_TABLE} where server = ? and name = ? and version = ? and created = ?",
                *self._key(version),
            )
        return (rows[0][0], rows[0][1]) if rows else ("", "[]")

    def _key(self, version: Found) -> tuple[str, str, str, str]:
        made = str(version["creation_timestamp"])
        return self._server.arn, version["name"], str(version["version"]), made
