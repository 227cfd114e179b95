"""Which members of the requests for lineage entities are acted on, and which are only shown again."""

from __future__ import annotations

from clary.plane import Members

_DESCRIBED = {"Description": "a description"}
_ORIGIN = {"MetadataProperties": "a description of where the entity comes from"}

ARTIFACT = {
    "create": Members("ArtifactName Source ArtifactType Properties Tags", _ORIGIN),
    "update": Members("ArtifactArn ArtifactName Properties PropertiesToRemove"),
    "delete": Members("ArtifactArn Source"),
}
ACTION = {
    "create": Members("ActionName Source ActionType Status Properties Tags", _DESCRIBED | _ORIGIN),
    "update": Members("ActionName Status Properties PropertiesToRemove", _DESCRIBED),
}
CONTEXT = {
    "create": Members("ContextName Source ContextType Properties Tags", _DESCRIBED),
    "update": Members("ContextName Properties PropertiesToRemove", _DESCRIBED),
}
ASSOCIATION = {
    "create": Members("SourceArn DestinationArn AssociationType"),
    "delete": Members("SourceArn DestinationArn"),
}
