# SPDX-License-Identifier: GPL-3.0-or-later
"""Voice: a Script read aloud becomes a Speech."""

from core.voice.catalogue import AUTOMATIC, find_voice, list_voices
from core.voice.line import Line
from core.voice.provider import Delivery, Utterance, Voice, VoiceProvider
from core.voice.speak import speak, voices

__all__ = [
    "AUTOMATIC", "Delivery", "Line", "Utterance", "Voice", "VoiceProvider", "find_voice", "list_voices", "speak", "voices",
]  # fmt: skip
