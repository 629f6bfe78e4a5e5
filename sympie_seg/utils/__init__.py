"""Helpers that know nothing of the method: files, images, seeds, tables, progress."""
