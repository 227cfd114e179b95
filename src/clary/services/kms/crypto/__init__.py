"""Cryptographic operations."""
