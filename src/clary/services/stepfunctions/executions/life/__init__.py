"""How an execution moves: its controller, and what it uses."""
