"""What an auditor does with a log."""
