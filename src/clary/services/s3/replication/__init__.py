"""Replication: versions of a bucket's objects are copied into other buckets, with their version ids."""
