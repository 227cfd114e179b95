"""Homes that earlier versions made, opened by this one. Those versions are taken from the repository's own history."""
