"""What the rows start beside Clary: the peers, and the limits. Each is a program by itself; none imports clary."""
