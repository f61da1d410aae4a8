"""Security headers on every answer.  Nothing inline is allowed, so no nonce is needed."""

from http import HTTPStatus

from flask import Flask, Response, current_app, request

from portal.config import Settings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
#: For what is taken away: a browser that showed it all the same would give it no right at all.
SANDBOX = "default-src 'none'; sandbox"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(),"
        " publickey-credentials-create=(self), publickey-credentials-get=(self)"
    ),
    "X-Permitted-Cross-Domain-Policies": "none",
}


#: Two years, in seconds, as the browsers' own lists ask.
STRICT_TRANSPORT = "max-age=63072000; includeSubDomains"


def init_app(app: Flask) -> None:
    app.after_request(_protect)


def _protect(response: Response) -> Response:
    if response.headers.get("Content-Disposition", "").startswith("attachment"):
        response.headers["Content-Security-Policy"] = SANDBOX
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    settings: Settings = current_app.config["SETTINGS"]
    if settings.secure:
        response.headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)
    if request.endpoint == "accounts.sign_out":
        # Not the cookies: the language chosen here stays.
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
    if request.endpoint != "static" or response.status_code >= HTTPStatus.BAD_REQUEST:
        response.headers.setdefault("Cache-Control", "no-store")
    return response
