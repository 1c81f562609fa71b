# SPDX-License-Identifier: GPL-3.0-or-later
"""The corpus: many hours of speech whose phones are known, made by speech synthesis."""
