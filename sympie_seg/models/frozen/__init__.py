"""What is done to a network so that it stays frozen behind an enhancer, one idea a file."""
