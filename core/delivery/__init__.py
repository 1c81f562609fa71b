# SPDX-License-Identifier: GPL-3.0-or-later
"""Films as files: what they are written as, how they are joined and heard, and how they are read back."""

from core.delivery.captions import join_captions, write_caption_files
from core.delivery.codecs import CODECS, QUALITIES, Codec, find_codec
from core.delivery.encode import Encoder
from core.delivery.formats import FORMATS, SIZES, Format, find_format, picture_size, safe_area
from core.delivery.join import Joined, join_film
from core.delivery.read import RATE, Chapter, Media, probe, read_frames, read_sound
from core.delivery.sequence import list_pictures, read_picture, write_picture
from core.delivery.sound import SoundPart, mix_sound
from core.delivery.thumbnail import write_thumbnail

__all__ = [
    "CODECS",
    "FORMATS",
    "QUALITIES",
    "RATE",
    "SIZES",
    "Chapter",
    "Codec",
    "Encoder",
    "Format",
    "Joined",
    "Media",
    "SoundPart",
    "find_codec",
    "find_format",
    "join_captions",
    "join_film",
    "list_pictures",
    "mix_sound",
    "picture_size",
    "probe",
    "read_frames",
    "read_picture",
    "read_sound",
    "safe_area",
    "write_caption_files",
    "write_picture",
    "write_thumbnail",
]
