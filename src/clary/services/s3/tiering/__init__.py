"""S3 Intelligent-Tiering: in which access tier an object of that class is, by when it was last read."""
