"""What a run's supervisor is made of. Standard library only, imports nothing of clary: it is loaded by path, must start
in a few milliseconds and must go on while the platform is replaced under it."""
