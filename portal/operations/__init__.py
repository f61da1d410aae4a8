"""What whoever operates the portal watches: the work that waits, in numbers, and what gave up."""
