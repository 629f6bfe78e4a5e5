"""What is installed beside SyMPIE-Seg, what is wrong with it, and how to fix it.

It has to work where nothing else does: it reads the metadata of installed packages instead of importing them, needs the
standard library only, and tries real imports in a child process.
"""
