"""Access points in requests to S3: their rows, how requests name them, what they decide. Operations on them are in control/access_points."""
