"""The material of keys: how it is made, sealed, kept and rotated."""
