"""Lifecycle policies: which images of a repository expire, and when that is carried out."""
