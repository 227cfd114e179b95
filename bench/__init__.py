"""Clary beside what its users would otherwise take, on the same work in the same minutes: `./run bench`."""
