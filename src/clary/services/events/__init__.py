"""Amazon EventBridge: buses, rules that match events, and targets to which they are delivered."""
