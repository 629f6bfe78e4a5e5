"""Hooks of the training and of tests, one a file."""
