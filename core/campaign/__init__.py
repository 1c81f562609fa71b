# SPDX-License-Identifier: GPL-3.0-or-later
"""A film for each row of a table: planned, made by several processes or machines, resumed, and checked."""
