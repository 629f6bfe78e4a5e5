"""Whole runs that need no data and no GPU: generated streets, a small network, SyMPIE in front of it, a comparison."""
