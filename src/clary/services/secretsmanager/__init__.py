"""Secrets Manager: secrets with versions, each encrypted under a data key of KMS."""
