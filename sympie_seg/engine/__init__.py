"""Runner, hooks and optimiser constructor."""
