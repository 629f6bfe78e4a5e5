"""The fault campaign: damaged files, kills and short resources against every tool that reads or writes files.

========================  ========================================================================
file                      what
========================  ========================================================================
``mutations``             damage with seeds: bits, blocks, cuts, values of other types
``processes``             run something in a forked process: limits, kills, hangs, file systems of its own
``world``                 small files of every kind, made once
``commands``              the tools as functions, and what each writes
``trials``                one trial of each kind, and what came out of it
``campaign``              the long campaign, by a command that prints the table
``test_campaign``         the fast part
========================  ========================================================================
"""
