"""Which members of each request are acted on. Every other one is refused by its name."""

from __future__ import annotations

from clary.plane import Members

_TRACING = "traces are passed on to what a function calls; there is no X-Ray that would keep them"
_CONFIGURATION = (
    "FunctionName Role Handler Description Timeout MemorySize Environment Runtime DeadLetterConfig Layers EphemeralStorage "
    "LoggingConfig VpcConfig SnapStart FileSystemConfigs"
)
_MAPPING = "BatchSize MaximumBatchingWindowInSeconds FunctionResponseTypes FilterCriteria ScalingConfig"

ACCEPTS: dict[str, Members] = {
    "CreateFunction": Members(
        f"{_CONFIGURATION} Code.ZipFile Code.S3Bucket Code.S3Key Code.S3ObjectVersion Publish PackageType Architectures Tags",
        echoed={"TracingConfig": _TRACING},
    ),
    "UpdateFunctionConfiguration": Members(
        f"{_CONFIGURATION} RevisionId", echoed={"TracingConfig": _TRACING}
    ),
    "UpdateFunctionCode": Members(
        "FunctionName ZipFile S3Bucket S3Key S3ObjectVersion Architectures Publish DryRun RevisionId",
        refused="ImageUri",
    ),
    "DeleteFunction": Members("FunctionName Qualifier"),
    "PublishVersion": Members("FunctionName CodeSha256 Description RevisionId"),
    "CreateAlias": Members("FunctionName Name FunctionVersion Description RoutingConfig"),
    "UpdateAlias": Members("FunctionName Name FunctionVersion Description RoutingConfig RevisionId"),
    "DeleteAlias": Members("FunctionName Name"),
    "AddPermission": Members(
        "FunctionName StatementId Action Principal SourceArn SourceAccount EventSourceToken Qualifier RevisionId PrincipalOrgID "
        "FunctionUrlAuthType InvokedViaFunctionUrl"
    ),
    "RemovePermission": Members("FunctionName StatementId Qualifier RevisionId"),
    "AddLayerVersionPermission": Members(
        "LayerName VersionNumber StatementId Action Principal OrganizationId RevisionId"
    ),
    "RemoveLayerVersionPermission": Members("LayerName VersionNumber StatementId RevisionId"),
    "PublishLayerVersion": Members(
        "LayerName Description Content.ZipFile Content.S3Bucket Content.S3Key Content.S3ObjectVersion CompatibleArchitectures "
        "CompatibleRuntimes LicenseInfo"
    ),
    "DeleteLayerVersion": Members("LayerName VersionNumber"),
    "PutFunctionConcurrency": Members("FunctionName ReservedConcurrentExecutions"),
    "DeleteFunctionConcurrency": Members("FunctionName"),
    "PutProvisionedConcurrencyConfig": Members("FunctionName Qualifier ProvisionedConcurrentExecutions"),
    "DeleteProvisionedConcurrencyConfig": Members("FunctionName Qualifier"),
    "PutFunctionEventInvokeConfig": Members(
        "FunctionName Qualifier MaximumRetryAttempts MaximumEventAgeInSeconds DestinationConfig"
    ),
    "UpdateFunctionEventInvokeConfig": Members(
        "FunctionName Qualifier MaximumRetryAttempts MaximumEventAgeInSeconds DestinationConfig"
    ),
    "DeleteFunctionEventInvokeConfig": Members("FunctionName Qualifier"),
    "CreateFunctionUrlConfig": Members("FunctionName Qualifier AuthType Cors InvokeMode"),
    "UpdateFunctionUrlConfig": Members("FunctionName Qualifier AuthType Cors InvokeMode"),
    "DeleteFunctionUrlConfig": Members("FunctionName Qualifier"),
    "PutFunctionRecursionConfig": Members("FunctionName RecursiveLoop"),
    "CreateEventSourceMapping": Members(
        f"EventSourceArn FunctionName Enabled Tags {_MAPPING}", refused="StartingPosition"
    ),
    "UpdateEventSourceMapping": Members(f"UUID FunctionName Enabled {_MAPPING}"),
    "DeleteEventSourceMapping": Members("UUID"),
    "TagResource": Members("Resource Tags"),
    "UntagResource": Members("Resource TagKeys"),
    "Invoke": Members("FunctionName InvocationType LogType ClientContext Payload Qualifier"),
    "InvokeAsync": Members("FunctionName InvokeArgs"),
    "InvokeWithResponseStream": Members(
        "FunctionName InvocationType LogType ClientContext Payload Qualifier"
    ),
}
