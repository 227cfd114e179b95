"""The scrub: layers and parts of uploads are read now and then, and held to their digests."""
