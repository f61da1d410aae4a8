"""Published codes that the fleet relies on: establishment categories and French territories."""
