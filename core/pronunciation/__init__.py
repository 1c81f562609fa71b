# SPDX-License-Identifier: GPL-3.0-or-later
"""Pronunciation: how the words of a script are said, in any language.

``words.py`` is the way in (`spoken_words`); ``languages.py`` says which languages there are.
"""
