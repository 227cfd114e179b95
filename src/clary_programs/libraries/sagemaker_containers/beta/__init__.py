"""The one public part of the library."""
