"""The operating-system calls behind the sensors, thin, one folder a system."""
