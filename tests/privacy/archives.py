"""Opening what a person takes away."""

import io
import json
import zipfile
from typing import Any

from flask.testing import FlaskClient


def taken(client: FlaskClient) -> dict[str, Any]:
    """What is in each file of her archive, by its name."""
    answer = client.get("/mon-compte/donnees.zip")
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}
