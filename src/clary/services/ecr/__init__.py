"""Amazon Elastic Container Registry: repositories of container images, by ECR's API and by the OCI distribution protocol."""
