"""Rules: which events are delivered, or when, and to which targets."""
