"""Encryption of objects: by S3's own keys, by KMS's, by customers'; and the default of a bucket."""
