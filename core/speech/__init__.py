# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech: sound with its timeline of words and phones, and how sounds look on a mouth."""

from core.speech.speech import Phone, Speech, Word, load_speech, save_speech

__all__ = ["Phone", "Speech", "Word", "load_speech", "save_speech"]
