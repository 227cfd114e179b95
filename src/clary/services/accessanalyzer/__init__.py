"""IAM Access Analyzer: the validation of policies."""
