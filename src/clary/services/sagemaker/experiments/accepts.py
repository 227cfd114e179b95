"""Which members of the requests for experiments, trials and trial components are acted on. All of them are: they are
descriptions, which are shown, listed and searched."""

from __future__ import annotations

from clary.plane import Members

EXPERIMENT = {
    "create": Members("ExperimentName DisplayName Description Tags"),
    "update": Members("ExperimentName DisplayName Description"),
}
TRIAL = {
    "create": Members(
        "TrialName ExperimentName DisplayName Tags", {"MetadataProperties": "says where the trial comes from"}
    ),
    "update": Members("TrialName DisplayName"),
}
_COMPONENT = (
    "TrialComponentName DisplayName Status StartTime EndTime Parameters InputArtifacts OutputArtifacts"
)
TRIAL_COMPONENT = {
    "create": Members(f"{_COMPONENT} Tags", {"MetadataProperties": "says where the component comes from"}),
    "update": Members(f"{_COMPONENT} ParametersToRemove InputArtifactsToRemove OutputArtifactsToRemove"),
}
MEMBERSHIP = Members("TrialName TrialComponentName")
