"""What makes a seat suspicious: one module a detector. Pure."""
