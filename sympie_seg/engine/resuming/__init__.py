"""Exact resuming: a run that was stopped and resumed ends with the bytes of one that was not."""
