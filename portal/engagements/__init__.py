"""The auditor’s room: what an engagement opens, asks and concludes."""
