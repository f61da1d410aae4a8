"""What a WSGI server and ``flask --app wsgi`` start from."""

from portal.app import create_app

app = create_app()
