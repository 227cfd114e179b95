"""Grants: what lets a principal use one key, beside policies."""
