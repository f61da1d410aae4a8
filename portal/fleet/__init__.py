"""The fleet: managing bodies, establishments and their import from FINESS."""
