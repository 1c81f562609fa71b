# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the slides of `explainer.md`: three pages about why the sky is blue, as `sky.pdf`.

Run with the core's Python: ``python sample_scenes/storyboards/draw_slides.py``. Vectors, and
the letters that are used, so that the file stays small.
"""

from __future__ import annotations

import math
from pathlib import Path

import matplotlib
import skia

FONTS = Path(matplotlib.get_data_path(), "fonts", "ttf")
WIDTH, HEIGHT = 1600, 900
PAPER, INK, QUIET = skia.Color(250, 248, 243), skia.Color(28, 38, 56), skia.Color(96, 104, 118)
# Nanometres and what the eye calls them, as colours that print well beside each other.
SPECTRUM = {
    "violet": (410, skia.Color(122, 84, 196)), "blue": (465, skia.Color(52, 120, 220)),
    "green": (530, skia.Color(54, 168, 110)), "yellow": (580, skia.Color(240, 196, 62)),
    "orange": (610, skia.Color(240, 146, 60)), "red": (680, skia.Color(220, 76, 64)),
}  # fmt: skip
SKY, SUN, EARTH = skia.Color(196, 222, 250), skia.Color(250, 196, 72), skia.Color(86, 122, 92)


def write(canvas: skia.Canvas, text: str, x: float, y: float, size: float, color: int = INK, bold: bool = False):
    """A line of text whose baseline begins at (x, y)."""
    font = skia.Font(skia.Typeface.MakeFromFile(str(FONTS / f"DejaVuSans{'-Bold' if bold else ''}.ttf")), size)
    canvas.drawString(text, x, y, font, skia.Paint(Color=color, AntiAlias=True))


def stroke(color: int, width: float) -> skia.Paint:
    return skia.Paint(
        Color=color, AntiAlias=True, Style=skia.Paint.kStroke_Style, StrokeWidth=width, StrokeCap=skia.Paint.kRound_Cap
    )


def fill(color: int) -> skia.Paint:
    return skia.Paint(Color=color, AntiAlias=True)


def wave(start: tuple[float, float], length: float, period: float, height: float, angle: float = 0.0) -> skia.Path:
    """A sine along a line that leaves ``start`` at an angle in degrees."""
    path, turn = skia.Path(), math.radians(angle)
    for step in range(int(length / 2) + 1):
        along, aside = 2.0 * step, height * math.sin(2 * math.pi * 2.0 * step / period)
        x = start[0] + along * math.cos(turn) - aside * math.sin(turn)
        y = start[1] + along * math.sin(turn) + aside * math.cos(turn)
        (path.lineTo if step else path.moveTo)(x, y)
    return path


def draw_colours(canvas: skia.Canvas) -> None:
    """White light is every colour at once: six waves, the short ones tight, the long ones wide."""
    write(canvas, "Sunlight is every colour at once", 110, 170, 62, bold=True)
    for row, (name, (length, color)) in enumerate(SPECTRUM.items()):
        y = 300 + 95 * row
        canvas.drawPath(wave((110, y), 980, length / 6.0, 24), stroke(color, 8))
        write(canvas, name, 1140, y + 17, 50)
        write(canvas, f"{length} nm", 1345, y + 16, 44, QUIET)


def draw_scattering(canvas: skia.Canvas) -> None:
    """Blue leaves a molecule of air in all directions, red goes on."""
    write(canvas, "Air scatters blue light the most", 110, 170, 62, bold=True)
    centre = (800.0, 520.0)
    for y, name in ((-44, "blue"), (44, "red")):
        canvas.drawPath(wave((110, centre[1] + y), 640, SPECTRUM[name][0] / 6.0, 18), stroke(SPECTRUM[name][1], 8))
    canvas.drawPath(wave((850, centre[1] + 44), 640, SPECTRUM["red"][0] / 6.0, 18), stroke(SPECTRUM["red"][1], 8))
    for angle in (-115, -75, -40, -12, 72, 112):
        start = (centre[0] + 62 * math.cos(math.radians(angle)), centre[1] + 62 * math.sin(math.radians(angle)))
        canvas.drawPath(wave(start, 230, SPECTRUM["blue"][0] / 6.0, 12, angle), stroke(SPECTRUM["blue"][1], 6))
    canvas.drawCircle(*centre, 52, fill(QUIET))
    canvas.drawCircle(centre[0] - 14, centre[1] - 16, 14, fill(skia.Color(190, 196, 206)))
    write(canvas, "molecule of air", 620, 862, 46, QUIET)


def draw_evening(canvas: skia.Canvas) -> None:
    """A low sun's light goes a long way through the air, and only red is left of it."""
    write(canvas, "In the evening the way is longer", 110, 170, 62, bold=True)
    canvas.save()
    canvas.clipRect(skia.Rect(0, 220, WIDTH, HEIGHT))
    middle, ground = (800.0, 2200.0), 1480.0
    canvas.drawCircle(*middle, ground + 300, fill(SKY))
    canvas.drawCircle(*middle, ground, fill(EARTH))
    person = (800.0, middle[1] - ground)
    noon, evening = (800.0, 300.0), (150.0, 560.0)
    canvas.drawLine(*noon, *person, stroke(SPECTRUM["blue"][1], 9))
    canvas.drawLine(*evening, *person, stroke(SPECTRUM["red"][1], 9))
    for place in (noon, evening):
        canvas.drawCircle(*place, 46, fill(SUN))
    canvas.drawCircle(*person, 12, fill(INK))
    canvas.restore()
    write(canvas, "noon", 870, 318, 50)
    write(canvas, "evening", 80, 676, 50)


PAGES = (draw_colours, draw_scattering, draw_evening)


def main() -> None:
    """Write ``sky.pdf`` beside this file."""
    stream = skia.FILEWStream(str(Path(__file__).with_name("sky.pdf")))
    with skia.PDF.MakeDocument(stream, skia.PDF.Metadata({"Title": "Why the sky is blue"})) as document:
        for draw in PAGES:
            with document.page(WIDTH, HEIGHT) as canvas:
                canvas.drawPaint(fill(PAPER))
                draw(canvas)


if __name__ == "__main__":
    main()
