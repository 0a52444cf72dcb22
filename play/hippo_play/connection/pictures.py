"""Encodes frames."""

from __future__ import annotations

import io
from typing import Any, Final

import numpy
from PIL import Image

QUALITY: Final = 75
LARGEST: Final = 1600
"""Pixels of the longer side; larger pictures are shrunk."""


class Encoder:
    """Turns pixels into JPEG; the same pixels again cost no time."""

    def __init__(self) -> None:
        self._pixels: numpy.ndarray[Any, Any] | None = None
        self._picture = b""

    def encode(self, pixels: numpy.ndarray[Any, Any]) -> bytes:
        """Return a JPEG. pixels: height by width by 3 (or by 1, or none), unsigned bytes."""
        if self._pixels is not None and numpy.array_equal(self._pixels, pixels):
            return self._picture
        image = Image.fromarray(numpy.squeeze(pixels))
        if image.mode not in ("RGB", "L"):
            image = image.convert("RGB")
        if max(image.size) > LARGEST:
            image.thumbnail((LARGEST, LARGEST))
        file = io.BytesIO()
        image.save(file, format="JPEG", quality=QUALITY)
        # A copy: some environments draw into the same array again.
        self._pixels, self._picture = numpy.array(pixels), file.getvalue()
        return self._picture
