# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloning: a person's voice from a sample that they agreed to, by engines in environments of their own.

Their packages do not go together with the core's (Chatterbox: torch 2.6, numpy 1), and not everybody wants
their gigabytes.
"""
