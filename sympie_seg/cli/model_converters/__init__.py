"""Verbs that convert published weights: ``sympie-seg convert-model``."""
