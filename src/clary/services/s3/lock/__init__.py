"""Object Lock: versions that cannot be deleted until a moment, or as long as somebody holds them."""
