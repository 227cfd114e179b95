"""Passwords of users, and the account's policy for them."""
