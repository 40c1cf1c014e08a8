"""What watches the desktop for a service that cannot: a helper in the candidate's session, and who looks after it."""
