"""Repositories: their life, settings, policies and tags."""
