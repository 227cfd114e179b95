"""Authorization tokens: the password with which clients of the distribution protocol sign in."""
