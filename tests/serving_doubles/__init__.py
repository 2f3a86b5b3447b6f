"""Stand-ins for the servers that a deployer runs."""
