"""What a person fills in to import a file."""

from marshmallow import fields

from portal.fleet.importing import LARGEST_LIST
from portal.fleet.models import ImportMode, ImportState
from portal.kit.form import FormSchema, at_most


class ImportForm(FormSchema):
    """The file itself travels beside; a pasted list counts only when the list picks the fleet."""

    mode = fields.Enum(ImportMode, by_value=True, required=True)
    finess_list = fields.String(load_default="", validate=at_most(LARGEST_LIST))


class CancelForm(FormSchema):
    """What the page said when its reader gave the import up."""

    seen = fields.Enum(ImportState, by_value=True, load_default=None)


class ApplyForm(FormSchema):
    """Asked of a file that looks cut alone."""

    despite_cut = fields.Boolean(load_default=False)
