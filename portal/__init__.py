"""The portal: one package per part of the domain, plus ``kit`` and ``local``."""
