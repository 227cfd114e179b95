"""What writes entities that may be there already: each of its methods may be called again with the same words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.plane import Context, Noun, Reaction, Record, revise
from clary.services.sagemaker.lineage import association_table, entities, vertices
from clary.services.sagemaker.lineage.actions import action
from clary.services.sagemaker.lineage.artifacts import artifact, id_of
from clary.services.sagemaker.lineage.association_table import Edge
from clary.services.sagemaker.lineage.contexts import context
from clary.services.sagemaker.service import sagemaker
from clary.workloads import library_lists

Properties = Mapping[str, str]


class Entity:
    """An end of an association: its ARN and its type."""

    __slots__ = ("arn", "type")

    def __init__(self, arn: str, type: str) -> None:
        self.arn = arn
        self.type = type


class Recorder:
    """Writes the lineage of one change, in the account and region of what changed, in the consumer's transaction."""

    def __init__(self, at: Reaction) -> None:
        self._ctx = Context(
            platform=at.platform,
            caller=at.service,
            account=at.account,
            region=at.region,
            now=at.now,
            op=sagemaker.model.operations["CreateArtifact"],
            request_id="",
            tx=at.tx,
            unit=at.unit,
            inside=True,
        )

    def artifact(
        self, uri: str, type: str, properties: Properties | None = None, source_id: str = ""
    ) -> Entity:
        """Return the artifact of a URI and an id ('' for none); there is one for each. These properties join its own."""
        ids = [{"SourceIdType": "Custom", "Value": source_id}] if source_id else []
        source = {"SourceUri": uri, "SourceTypes": ids}
        asked = {"Source": source, "ArtifactType": type}
        return self._entity(artifact, id_of(source), asked, properties or {})

    def replace(self, uri: str, type: str, properties: Properties, source_id: str) -> None:
        """Write the artifact of a URI and an id with these properties and no others."""
        made = self.artifact(uri, type, properties, source_id)
        if (known := self._ctx.tx.by_arn(made.arn)) and known.spec.get("Properties") != properties:
            new = {"Properties": dict(properties)}
            self._ctx.tx.update(revise(known, spec=new, modified=self._ctx.now))

    def action(
        self, name: str, type: str, source: str, status: str, properties: Properties | None = None
    ) -> Entity:
        """Return an action about a resource of SageMaker's; its status is what it is now."""
        asked = {"Source": {"SourceUri": source, "SourceType": "ARN"}, "ActionType": type, "Status": status}
        return self._entity(action, name, asked, properties or {})

    def context(self, name: str, type: str, source: str, properties: Properties | None = None) -> Entity:
        """Return the context of a resource of SageMaker's."""
        asked = {"Source": {"SourceUri": source, "SourceType": "ARN"}, "ContextType": type}
        return self._entity(context, name, asked, properties or {})

    def component(self, name: str, type: str) -> Entity:
        """Return the trial component of a job. Who keeps those makes it; its associations may come before it."""
        return Entity(self._ctx.arn(f"experiment-trial-component/{name}"), type)

    def associate(self, source: Entity, destination: Entity, type: str) -> None:
        """Associate two entities, unless they are."""
        edge = Edge(source.arn, destination.arn, type, source.type, destination.type, self._ctx.now)
        association_table.add(self._ctx.tx, self._ctx.scope, edge)

    def find(self, noun: str, id: str) -> Record | None:
        """Return a record of SageMaker's in this account and region, if it is still there."""
        return self._ctx.tx.get(sagemaker.kind(noun), self._ctx.scope, id)

    def tags(self, arn: str) -> dict[str, str]:
        """Return the tags of a record of SageMaker's."""
        return self._ctx.tx.tags(arn)

    def whole(self, environment: library_lists.Noted) -> library_lists.Environment:
        """Return what the record of a job says of its environment, with the lists of libraries in it."""
        return library_lists.whole(self._ctx.tx, environment)

    def _entity(self, noun: Noun, id: str, asked: dict[str, Any], properties: Properties) -> Entity:
        known = self._ctx.tx.get(noun.kind, self._ctx.scope, id)
        if known is None:
            given = {**asked, "Properties": dict(properties)} if properties else asked
            known = entities.create(self._ctx, noun, id, given)
        else:
            self._join(known, asked.get("Status"), properties)
        return Entity(known.arn, vertices.type_of(known))

    def _join(self, known: Record, status: str | None, properties: Properties) -> None:
        """Write what is new of an entity."""
        new: dict[str, Any] = {"Properties": {**known.spec.get("Properties", {}), **properties}}
        if status:
            new["Status"] = status
        if any(known.spec.get(name, {}) != value for name, value in new.items()):
            self._ctx.tx.update(revise(known, spec=new, modified=self._ctx.now))
