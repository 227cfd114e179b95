"""One key in several Regions."""
