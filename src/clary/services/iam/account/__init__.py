"""What an account has once: its alias, its preferences, its summary."""
