"""The composition root: knows everybody, is known by nobody."""
