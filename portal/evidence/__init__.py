"""What proves a declaration: a file, a link or a note, for a period, until a date."""
