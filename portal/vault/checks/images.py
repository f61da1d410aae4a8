"""Images are decoded and written anew: what stays is what can be seen, and no place, no name."""

import io
import warnings
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from portal.vault.checks.verdict import Failed, Reason

MAX_PIXELS: Final = 40_000_000
_QUALITY: Final = 90


def rewritten(extension: str, content: bytes) -> bytes:
    """The same picture, upright, without anything beside it.  Raises ``Failed``."""
    kind = "PNG" if extension == "png" else "JPEG"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[kind]) as image:
                check_pixels(image.size)
                image.load()
                return _written(ImageOps.exif_transpose(image), kind)
    except Image.DecompressionBombError as error:
        raise Failed(Reason.IMAGE_PIXELS) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, TypeError) as error:
        raise Failed(Reason.IMAGE_BROKEN) from error


def check_pixels(size: tuple[int, int]) -> None:
    """Told by the header, before a single pixel is unpacked."""
    if size[0] * size[1] > MAX_PIXELS:
        raise Failed(Reason.IMAGE_PIXELS)


def _written(image: Image.Image, kind: str) -> bytes:
    seen = "RGBA" if kind == "PNG" and image.has_transparency_data else "RGB"
    clean = image if image.mode in {seen, "L"} else image.convert(seen)
    clean.info.clear()
    output = io.BytesIO()
    clean.save(output, format=kind, quality=_QUALITY, optimize=True)
    return output.getvalue()
