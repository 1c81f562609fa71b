# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloning: a person's voice from a sample that they agreed to, by Chatterbox (MIT), in an environment of its own.

Its packages do not go together with the core's (torch 2.6, numpy 1), and not everybody wants their gigabytes.
"""
