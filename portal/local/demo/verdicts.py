"""What the establishments of the demo think of what their provider says."""
