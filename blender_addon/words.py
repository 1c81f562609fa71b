# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said to a person, in the language of Blender's interface. Knows no bpy where there is none (tests, the core).

Fixed texts of labels, buttons and tooltips Blender translates itself; sentences that hold names or numbers come here.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence

# Of labels that mean something else elsewhere in Blender, whose own translation would be taken: a mesh's face.
CONTEXT = "Likeness"
RIGHT_TO_LEFT = ("ar",)  # languages of ours whose texts Blender draws as they stand: last word first, letters joined


def tell(msgid: str, /, **values: object) -> str:
    """A text of the add-on in the language of the interface; values stand where ``{name}`` is.

    msgid: the English text, a literal, as it stands in the catalogs (blender_addon/translations).
    """
    bpy = sys.modules.get("bpy")
    text = bpy.app.translations.pgettext_iface(msgid) if bpy is not None and msgid else msgid
    return text.format(**values) if values else text


def tell_list(words: Sequence[str], most: int | None = None) -> str:
    """Words as a sentence has them, "a, b and c"; of more than ``most`` the number of the rest."""
    shown = list(words)
    if most is not None and len(shown) > most:
        shown = [*shown[: most - 1], tell("{number} more", number=len(shown) - most + 1)]
    if len(shown) < 2:
        return "".join(shown)
    return tell("{words} and {last}", words=", ".join(shown[:-1]), last=shown[-1])


def join(*sentences: str) -> str:
    """Translated sentences one after the other, in the order in which they are read; empty ones are left out."""
    told = [tell(sentence) for sentence in sentences if sentence]
    return " ".join(reversed(told) if reads_from_right() else told)


def wrap(text: str, letters: int) -> list[str]:
    """Lines of a text for labels, which do not wrap; where one reads from the right, its first words stand last."""
    if not reads_from_right():
        return _wrap(text, letters)
    lines = _wrap(" ".join(reversed(text.split())), letters)
    return [" ".join(reversed(line.split())) for line in lines]


def reads_from_right() -> bool:
    """Whether the interface is in a language that is read from right to left."""
    bpy = sys.modules.get("bpy")
    return bpy is not None and bpy.app.translations.locale.partition("_")[0] in RIGHT_TO_LEFT


def _wrap(text: str, letters: int) -> list[str]:
    """Chinese has no spaces and letters twice as wide: it breaks after any of them."""
    if any("\u4e00" <= letter <= "\u9fff" for letter in text):
        return textwrap.wrap(text, max(letters // 2, 8), break_long_words=True)
    return textwrap.wrap(text, letters)
