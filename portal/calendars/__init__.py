"""A person’s days as a calendar that her own software reads: iCalendar behind a secret address."""
