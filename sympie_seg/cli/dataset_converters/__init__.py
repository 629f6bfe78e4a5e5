"""Verbs that check datasets and make what they lack: ``sympie-seg convert-dataset``."""
