"""The members that the operations of Step Functions act on. X-Ray is not there, so a trace is refused by name."""

from __future__ import annotations

from clary.plane import Members

_LOGGING = (
    "loggingConfiguration.level loggingConfiguration.includeExecutionData "
    "loggingConfiguration.destinations.cloudWatchLogsLogGroup.logGroupArn"
)
# Every state machine is encrypted with a key of the platform; a key of the customer is refused by the operation.
_KEYS = "encryptionConfiguration"
_TRACE = "tracingConfiguration"
_SHARED = f"roleArn definition publish versionDescription {_LOGGING}"

ACCEPTS = {
    "CreateStateMachine": Members(f"name type tags {_SHARED}", refused=(_KEYS, _TRACE)),
    "UpdateStateMachine": Members(f"stateMachineArn {_SHARED}", refused=(_KEYS, _TRACE)),
    "DeleteStateMachine": Members("stateMachineArn"),
    "PublishStateMachineVersion": Members("stateMachineArn revisionId description"),
    "DeleteStateMachineVersion": Members("stateMachineVersionArn"),
    "CreateStateMachineAlias": Members("name description routingConfiguration"),
    "UpdateStateMachineAlias": Members("stateMachineAliasArn description routingConfiguration"),
    "DeleteStateMachineAlias": Members("stateMachineAliasArn"),
    "CreateActivity": Members("name tags", refused=(_KEYS,)),
    "DeleteActivity": Members("activityArn"),
    "StartExecution": Members("stateMachineArn name input", refused="traceHeader"),
    "StartSyncExecution": Members("stateMachineArn name input includedData", refused="traceHeader"),
    "StopExecution": Members("executionArn error cause"),
    "RedriveExecution": Members("executionArn clientToken"),
    "SendTaskSuccess": Members("taskToken output"),
    "SendTaskFailure": Members("taskToken error cause"),
    "SendTaskHeartbeat": Members("taskToken"),
    "ValidateStateMachineDefinition": Members("definition type severity maxResults"),
}
