"""Verbs that check data sets and make what they lack: ``sympie-seg convert-dataset``."""
