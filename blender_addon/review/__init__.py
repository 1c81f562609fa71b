# SPDX-License-Identifier: GPL-3.0-or-later
"""How good the take is: what the rig shows, sampled for the core, and the card that comes back."""
