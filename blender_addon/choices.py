# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panels let choose from."""

# (identifier, name, description); the identifiers are the core's.
TRANSLATORS = (
    ("table", "Table", "A table that you fill, on this computer"),
    ("argos", "Argos", "Argos Translate's packages, where they are installed, on this computer"),
    ("bergamot", "Bergamot", "Firefox's networks, where they are installed, on this computer"),
    ("openai", "Endpoint", "A server of your choice that speaks OpenAI's protocol: the script leaves this computer"),
)
GLASSES = (
    ("keep", "Keep", "Glasses become an object of their own"),
    ("remove", "Remove", "Glasses are painted out"),
)
TEXTURES = (
    ("2048", "2048", "Enough for most shots"),
    ("4096", "4096", "For close-ups, where the photo is that sharp"),
)
MARKERS = (
    ("WORDS", "Words", "A marker where each word begins"),
    ("PHONES", "Phones", "A marker where each sound begins; drag it to move the boundary"),
    ("FEELINGS", "Feelings", "A marker where each feeling begins, and where one ends; drag, rename or delete it"),
)
BEGINNINGS = (
    ("KEEP", "As It Is", "A take that is performed again stays, a new one begins with the scene"),
    ("FRAME", "Current Frame", "A new take at the current frame"),
    ("AFTER", "After the Other Avatar", "A new take where the last one of those it talks with ends"),
)
