"""Helpers that know nothing of the method: files, folders, images, videos, seeds, tables, progress."""
