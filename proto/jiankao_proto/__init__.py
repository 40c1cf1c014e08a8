"""What workstation, collector and auditor must agree on, and nothing else."""
