"""The one blueprint of the attestations; its public page has no tenant in its address."""

from flask import Blueprint

bp = Blueprint("attestations", __name__)
HOME = "/<tenant_slug>/attestations"
