"""Static websites in buckets."""
