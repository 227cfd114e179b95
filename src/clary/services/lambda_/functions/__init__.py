"""Functions: configuration, code, versions and their life."""
