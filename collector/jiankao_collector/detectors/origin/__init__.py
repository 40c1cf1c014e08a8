"""Whether what comes under one workstation's key comes from that one machine, and from now."""
