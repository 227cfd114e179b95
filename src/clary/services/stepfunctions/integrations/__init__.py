"""What Task states call: operations of the platform, as the state machine's role."""
