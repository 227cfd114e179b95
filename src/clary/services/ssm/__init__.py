"""Parameter Store, the part of Systems Manager that is here: parameters with versions, labels, policies and tags."""
