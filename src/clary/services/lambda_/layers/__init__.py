"""Layers: archives that several functions share."""
