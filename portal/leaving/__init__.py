"""Taking a record away, and beginning with one that came from elsewhere."""
