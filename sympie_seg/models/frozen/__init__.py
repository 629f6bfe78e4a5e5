"""What is done to a frozen network and its loss so that an enhancer can be trained in front of it."""
