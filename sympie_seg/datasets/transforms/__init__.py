"""Pipeline transforms."""
