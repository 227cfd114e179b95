"""What runs a Lambda function inside of its sandbox: the host, Python's runtime client, the Runtime API over HTTP."""
