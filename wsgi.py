"""What a WSGI server and ``flask --app wsgi`` start from."""

import gc

from portal.app import create_app

app = create_app()
# What was loaded lives as long as the process: leave it out of every later collection.
gc.collect()
gc.freeze()
