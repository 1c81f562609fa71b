# SPDX-License-Identifier: GPL-3.0-or-later
"""The names that a storyboard may use. Those of cameras, lights and sets are the renderer's (`blender_addon/shots`)."""

from __future__ import annotations

CAMERAS = ("extreme_close_up", "close_up", "medium", "wide", "two_shot", "over_shoulder", "over_slide")
MOVES = ("still", "push_in", "pull_out", "orbit", "hand_held", "slide", "rack_focus")
LIGHTS = ("three_point", "rembrandt", "high_key", "night", "window", "matched")
SETS = ("studio", "classroom", "desk", "green_screen", "flat")
SCREENS = ("desk",)  # sets that have a screen
PLACES = ("full", "left", "right", "corner", "screen")
LOOKS = ("real", "toon")
GAZES = ("viewer", "each_other")
TRANSITIONS = ("cut", "fade")
FORMATS = ("16:9", "9:16", "1:1", "4:5")
SIZES = ("360p", "480p", "720p", "1080p", "1440p", "2160p")
QUALITIES = ("draft", "final")
ENGINES = ("auto", "eevee", "cycles", "workbench")
MOST_SAMPLES = 65536
MOST_FPS = 120
CODECS = ("h264", "h265", "av1", "prores", "png", "exr")
CAPTIONS = ("burned", "files")

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif")
VIDEOS = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v")
HDRIS = (".hdr", ".exr")
SLIDES = (".pdf", *PICTURES)
SOUNDS = (".wav", ".flac", ".mp3", ".ogg", ".m4a", ".opus")
