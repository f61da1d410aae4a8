"""The portal on one machine: embedded servers, the supervisor behind `make run`, demo data."""
