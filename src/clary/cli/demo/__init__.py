"""The demo: a user's CSV to a monitored endpoint, through AWS's own API as any boto3 script would."""
