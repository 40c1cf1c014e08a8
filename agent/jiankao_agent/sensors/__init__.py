"""What the agent can sense: one module each."""
