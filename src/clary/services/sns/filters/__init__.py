"""Filter policies of subscriptions: their grammar, and what they match."""
