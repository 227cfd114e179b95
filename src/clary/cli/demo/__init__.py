"""The demo: from a user's CSV to a monitored endpoint, through AWS's API, as any boto3 script would do it."""
