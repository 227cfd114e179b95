"""AWS's script-mode training toolkit: fetch the user's code, prepare it, run it, report how it ended."""
