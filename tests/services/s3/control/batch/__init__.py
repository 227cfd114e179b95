"""Tests of S3 Batch Operations."""
