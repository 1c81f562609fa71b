# SPDX-License-Identifier: GPL-3.0-or-later
"""What a film tells of where it comes from, and who may make one."""
