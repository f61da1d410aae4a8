"""What a page behind the gate answers."""

from flask.testing import FlaskClient


def status(client: FlaskClient, path: str) -> int:
    return client.get(path).status_code


def answered(client: FlaskClient, path: str) -> dict[str, str]:
    """The scope that the view ran in, and what else it tells."""
    answer: dict[str, str] = client.get(path).get_json()
    return answer
