# SPDX-License-Identifier: GPL-3.0-or-later
"""Captions: what is said, as lines that people read along, in the files that players know."""

from core.captions.captions import Caption, make_captions
from core.captions.files import FORMATS, caption_text, write_captions

__all__ = ["FORMATS", "Caption", "caption_text", "make_captions", "write_captions"]
