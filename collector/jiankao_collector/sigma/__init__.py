"""Rules in the Sigma format, compiled to an evaluator of our own that looks at single events."""
