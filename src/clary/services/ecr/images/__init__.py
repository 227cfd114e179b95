"""Images: manifests, the tags that lead to them, and what they refer to."""
