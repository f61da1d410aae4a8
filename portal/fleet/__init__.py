"""The fleet: managing bodies, establishments and their import from FINESS.

By hand: ``service``.  From a file: ``importer`` reads it and knows of no table, ``import_pass``
walks through it once, to preview it (``import_queries``) or to write it (``import_writes``),
``importing`` is the run with its states, and ``undoing`` takes the last one back.
"""
