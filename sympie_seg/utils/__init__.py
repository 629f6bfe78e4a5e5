"""What every other part may use; nothing here knows of the parts."""
