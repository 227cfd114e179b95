"""Which request member each service-specific condition key is read from. Data only.

Source: the "Condition keys" tables of the Service Authorization Reference.
"""

from __future__ import annotations

# Condition key, lower-case -> paths into the request; a path through a list reads every element.
CONDITION_MEMBERS: dict[str, tuple[str, ...]] = {
    "s3:prefix": ("Prefix",),
    "s3:delimiter": ("Delimiter",),
    "s3:max-keys": ("MaxKeys",),
    "s3:versionid": ("VersionId",),
    "s3:x-amz-acl": ("ACL",),
    "s3:x-amz-copy-source": ("CopySource",),
    "s3:x-amz-storage-class": ("StorageClass",),
    "s3:x-amz-server-side-encryption": ("ServerSideEncryption",),
    "s3:x-amz-server-side-encryption-aws-kms-key-id": ("SSEKMSKeyId",),
    "s3:x-amz-metadata-directive": ("MetadataDirective",),
    "s3:locationconstraint": ("CreateBucketConfiguration.LocationConstraint",),
    "iam:policyarn": ("PolicyArn",),
    "iam:permissionsboundary": ("PermissionsBoundary",),
    "iam:awsservicename": ("AWSServiceName",),
    "sts:externalid": ("ExternalId",),
    "sts:rolesessionname": ("RoleSessionName",),
    "sts:sourceidentity": ("SourceIdentity",),
    "sts:transitivetagkeys": ("TransitiveTagKeys",),
    "sts:durationseconds": ("DurationSeconds",),
    "sagemaker:domainid": ("DomainId",),
    "sagemaker:userprofilename": ("UserProfileName",),
    "sagemaker:spacesharingtype": ("SpaceSharingSettings.SharingType",),
    "sagemaker:targetmodel": ("TargetModel",),
    "sagemaker:modelarn": ("ModelName", "PrimaryContainer.ModelPackageName"),
    "sagemaker:rootaccess": ("RootAccess",),
    "sagemaker:directinternetaccess": ("DirectInternetAccess",),
    "sagemaker:instancetypes": (
        "ResourceConfig.InstanceType",
        "ResourceConfig.InstanceGroups.InstanceType",
        "ProcessingResources.ClusterConfig.InstanceType",
        "TransformResources.InstanceType",
        "ProductionVariants.InstanceType",
        "TrainingJobDefinition.ResourceConfig.InstanceType",
        "TrainingJobDefinitions.ResourceConfig.InstanceType",
        "InstanceType",
    ),
    "sagemaker:volumekmskey": (
        "ResourceConfig.VolumeKmsKeyId",
        "ProcessingResources.ClusterConfig.VolumeKmsKeyId",
        "TransformResources.VolumeKmsKeyId",
        "KmsKeyId",
    ),
    "sagemaker:outputkmskey": (
        "OutputDataConfig.KmsKeyId",
        "ProcessingOutputConfig.KmsKeyId",
        "TransformOutput.KmsKeyId",
    ),
    "sagemaker:networkisolation": ("EnableNetworkIsolation", "NetworkConfig.EnableNetworkIsolation"),
    "sagemaker:intercontainertrafficencryption": (
        "EnableInterContainerTrafficEncryption",
        "NetworkConfig.EnableInterContainerTrafficEncryption",
    ),
    "sagemaker:maxruntimeinseconds": ("StoppingCondition.MaxRuntimeInSeconds",),
    "sagemaker:vpcsubnets": ("VpcConfig.Subnets", "NetworkConfig.VpcConfig.Subnets"),
    "sagemaker:vpcsecuritygroupids": (
        "VpcConfig.SecurityGroupIds",
        "NetworkConfig.VpcConfig.SecurityGroupIds",
    ),
    "sagemaker:featuregrouponlinestorekmskey": ("OnlineStoreConfig.SecurityConfig.KmsKeyId",),
    "sagemaker:featuregroupofflinestores3uri": ("OfflineStoreConfig.S3StorageConfig.S3Uri",),
    "sagemaker:featuregroupofflinestorekmskey": ("OfflineStoreConfig.S3StorageConfig.KmsKeyId",),
    "sagemaker:workteamarn": ("HumanTaskConfig.WorkteamArn",),
    "logs:destinationarn": ("destinationArn",),
    "cloudwatch:namespace": ("Namespace",),
}
