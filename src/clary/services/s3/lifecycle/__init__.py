"""Lifecycle rules: objects that expire and move between storage classes, and the restoring of archived ones."""
