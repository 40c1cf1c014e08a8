"""How a workstation becomes one of ours: tickets, certificates, keys."""
