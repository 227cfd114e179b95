"""What CloudWatch is told of buckets: their requests, each minute, and what they hold, each day."""
