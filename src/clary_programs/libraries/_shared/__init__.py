"""What two of the libraries have alike. No script imports this package.

The libraries import it by its full name, so that a copy of a library that the user brought is left alone.
"""
