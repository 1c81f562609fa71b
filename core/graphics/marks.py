# SPDX-License-Identifier: GPL-3.0-or-later
"""What is over the whole shot: the label that it is made by AI, the draft's mark, and the logo."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import skia

from core.graphics.boxes import Box
from core.graphics.images import read_picture
from core.graphics.layer import Layer, paint
from core.graphics.paragraph import Style, lay_out
from core.graphics.stage import MARK, Stage, pen, rounded

# Language -> the label, the draft's mark.
WORDS: Mapping[str, tuple[str, str]] = {
    "en": ("AI-generated", "DRAFT"),
    "ar": ("مُولّد بالذكاء الاصطناعي", "مسودة"),
    "bg": ("Създадено с ИИ", "ЧЕРНОВА"),
    "bn": ("এআই দিয়ে তৈরি", "খসড়া"),
    "ca": ("Generat per IA", "ESBORRANY"),
    "cs": ("Vytvořeno AI", "KONCEPT"),
    "da": ("AI-genereret", "UDKAST"),
    "de": ("KI-generiert", "ENTWURF"),
    "el": ("Δημιουργήθηκε με ΤΝ", "ΠΡΟΧΕΙΡΟ"),
    "es": ("Generado por IA", "BORRADOR"),
    "et": ("Loodud tehisaruga", "MUSTAND"),
    "fa": ("ساخته‌شده با هوش مصنوعی", "پیش‌نویس"),
    "fi": ("Tekoälyn luoma", "LUONNOS"),
    "fr": ("Généré par IA", "BROUILLON"),
    "he": ("נוצר בבינה מלאכותית", "טיוטה"),
    "hi": ("एआई द्वारा निर्मित", "प्रारूप"),
    "hr": ("Izrađeno umjetnom inteligencijom", "SKICA"),
    "hu": ("MI által készítve", "VÁZLAT"),
    "id": ("Dibuat dengan AI", "DRAF"),
    "it": ("Generato dall’IA", "BOZZA"),
    "ja": ("AI生成", "下書き"),
    "ko": ("AI 생성", "초안"),
    "lt": ("Sukurta DI", "JUODRAŠTIS"),
    "lv": ("Radīts ar MI", "MELNRAKSTS"),
    "nb": ("KI-generert", "UTKAST"),
    "nl": ("Gemaakt met AI", "CONCEPT"),
    "pl": ("Wygenerowane przez AI", "SZKIC"),
    "pt": ("Gerado por IA", "RASCUNHO"),
    "ro": ("Generat de IA", "CIORNĂ"),
    "ru": ("Создано ИИ", "ЧЕРНОВИК"),
    "sk": ("Vytvorené AI", "KONCEPT"),
    "sl": ("Ustvarjeno z UI", "OSNUTEK"),
    "sr": ("Направљено помоћу ВИ", "НАЦРТ"),
    "sv": ("AI-genererad", "UTKAST"),
    "sw": ("Imetengenezwa na AI", "RASIMU"),
    "th": ("สร้างด้วย AI", "ฉบับร่าง"),
    "tr": ("Yapay zekâ ile üretildi", "TASLAK"),
    "uk": ("Створено ШІ", "ЧЕРНЕТКА"),
    "ur": ("مصنوعی ذہانت سے تیار کردہ", "مسودہ"),
    "vi": ("Tạo bằng AI", "BẢN NHÁP"),
    "zh": ("AI生成", "草稿"),
}
# Size of the label, and whether it is within the safe area: each where there was no room for those before.
_LABELS = ((1.0, True), (0.86, True), (0.74, True), (1.0, False), (0.86, False), (0.74, False))
_TRADITIONAL = ("zh-TW", "zh-HK", "zh-Hant")


def label_text(language: str) -> str:
    """What the visible label says in a language; in English where the table lacks it."""
    return _find_words(language)[0]


def draft_text(language: str) -> str:
    return _find_words(language)[1]


def draw_label(text: str, stage: Stage) -> list[Layer]:
    """A small panel where no face, caption or other text is during the whole shot: in a corner if one is free."""
    theme, end = stage.theme, stage.seconds
    for scale, is_safe in _LABELS:
        style = stage.style(stage.sizes.label * scale, 600, theme.paper)
        block = lay_out(text, style, stage.safe.width, stage.fonts)
        across, down = 0.72 * style.size, 0.34 * style.size
        width, height = block.width + 2 * across, block.height + 2 * down
        area = stage.safe if is_safe else _find_outer(stage)
        box = stage.choose(_border(width, height, area, stage.label_below), 0.0, end, hair=0.0)
        if stage.is_free(box, 0.0, end):
            break
    stage.take(box, 0.0, end, MARK)

    def painter(canvas: skia.Canvas) -> None:
        canvas.drawRRect(rounded(box, height / 2), pen(theme.ink, theme.label_panel))
        block.paint(canvas, box.left + across, box.top + down)

    return [Layer("label", 0.0, end, paint(box, painter), box)]


def draw_logo(path: Path, stage: Stage) -> list[Layer]:
    """In an upper corner, at its own proportions."""
    image = read_picture(path)
    high, wide = image.shape[:2]
    height = stage.px(stage.sizes.logo)
    width = height * wide / high
    widest = 0.2 * stage.size[0]
    if width > widest:
        width, height = widest, widest * high / wide
    box = stage.choose(_corners(width, height, stage.safe, ("top_end", "top_start", "bottom_end", "bottom_start")),
                       0.0, stage.seconds, hair=0.0)  # fmt: skip
    stage.take(box, 0.0, stage.seconds, MARK)

    blur = stage.px(0.006)

    def painter(canvas: skia.Canvas) -> None:
        layer = skia.Paint()
        layer.setImageFilter(skia.ImageFilters.DropShadow(0, blur / 3, blur, blur, 0x60000000))
        canvas.saveLayer(None, layer)
        draw_image(canvas, image, box)
        canvas.restore()

    return [Layer("logo", 0.0, stage.seconds, paint(box.grow(4 * blur), painter), box)]


def draw_draft(text: str, stage: Stage) -> list[Layer]:
    """One word across the whole picture."""
    width, height = stage.size
    angle = math.degrees(math.atan2(height, width))
    diagonal = math.hypot(width, height)
    style = Style(stage.px(0.3), 700, (255, 255, 255), language=stage.language, spacing=0.04)
    block = lay_out(text, style, math.inf, stage.fonts)
    scale = min(0.72 * diagonal / block.width, 0.5 * min(width, height) / block.style.size)

    def painter(canvas: skia.Canvas) -> None:
        canvas.translate(width / 2, height / 2)
        canvas.rotate(-angle)
        canvas.scale(scale, scale)
        layer = skia.Paint(Alphaf=0.3)
        layer.setImageFilter(skia.ImageFilters.DropShadow(0, 0, style.size * 0.03, style.size * 0.03, 0xC0000000))
        canvas.saveLayer(None, layer)
        block.paint(canvas, -block.width / 2, -block.height / 2)
        canvas.restore()

    return [Layer("draft", 0.0, stage.seconds, paint(stage.whole, painter), stage.whole)]


def draw_image(canvas: skia.Canvas, pixels: np.ndarray, box: Box) -> None:
    """A picture (height, width, 4) uint8 with straight alpha, scaled into a box."""
    image = skia.Image.fromarray(np.ascontiguousarray(pixels), colorType=skia.kRGBA_8888_ColorType)
    sampling = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear)
    canvas.drawImageRect(image, skia.Rect(box.left, box.top, box.right, box.bottom), sampling)


def _find_words(language: str) -> tuple[str, str]:
    if language.startswith(_TRADITIONAL):
        return "AI生成", "草稿"
    return WORDS.get(language) or WORDS.get(language.partition("-")[0]) or WORDS["en"]


def _corners(width: float, height: float, safe: Box, names: tuple[str, ...]) -> Iterator[Box]:
    for name in names:
        left = safe.left if name.endswith("start") else safe.right - width
        top = safe.top if name.startswith("top") else safe.bottom - height
        yield Box(left, top, left + width, top + height)


def _find_outer(stage: Stage) -> Box:
    """All of the picture but a narrow border."""
    return stage.whole.grow(-stage.px(0.012))


def _border(width: float, height: float, area: Box, is_low: bool, steps: int = 14) -> Iterator[Box]:
    """Places for something small in an area: its corners, the lower ones first where it is_low, then along its edges,
    then anywhere."""
    corners = ("top_start", "top_end", "bottom_start", "bottom_end")
    yield from _corners(width, height, area, corners[::-1] if is_low else corners)
    places = [
        Box(left, top, left + width, top + height)
        for left in np.linspace(area.left, max(area.right - width, area.left), steps).tolist()
        for top in np.linspace(area.top, max(area.bottom - height, area.top), 2 * steps).tolist()
    ]
    places.sort(key=lambda box: min(box.left - area.left, area.right - box.right)
                + min(box.top - area.top, area.bottom - box.bottom))  # fmt: skip
    yield from places
