"""Plumbing without domain: clock, errors, forms, mail, outbox, pages, PDF, storage."""
