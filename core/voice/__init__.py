# SPDX-License-Identifier: GPL-3.0-or-later
"""Voice: a Script read aloud becomes a Speech."""

from core.voice.provider import Utterance, VoiceProvider
from core.voice.speak import speak, voices

__all__ = ["Utterance", "VoiceProvider", "speak", "voices"]
