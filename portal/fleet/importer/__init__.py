"""Reading lists of structures, whatever their format, in constant memory and without a database.

A reader yields one `StructureRecord` or one `Refusal` per structure and never stops at a bad line;
only a file that is not a list of structures at all raises `FileRefused`.
"""
