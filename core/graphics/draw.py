# SPDX-License-Identifier: GPL-3.0-or-later
"""All that is drawn over the plate of a shot, as layers."""

from __future__ import annotations

from core.film.cut import Cut, Faces
from core.graphics.captions import caption_lines, draw_captions, is_beside, stands_above
from core.graphics.fonts import Fonts
from core.graphics.inserts import draw_insert, find_list_room, find_title_room
from core.graphics.layer import Layer
from core.graphics.lower_third import draw_lower_third
from core.graphics.marks import draft_text, draw_draft, draw_label, draw_logo
from core.graphics.stage import Stage
from core.graphics.texts import draw_bullets, draw_foot, draw_note, draw_title
from core.graphics.theme import THEME, Size, Theme


def draw_cut(cut: Cut, size: Size, faces: Faces, fonts: Fonts, theme: Theme = THEME) -> tuple[Layer, ...]:
    """The layers of a shot, the lowest first. What the fonts lack is told in `fonts.warnings`.

    What is chosen first keeps its place, what comes later goes around it: the label last, which never stands over a
    face or a caption where there is room beside them. Raises what `read_insert` and `VideoReader` raise.
    """
    language = cut.said[0].language if cut.said else "en"
    stage = Stage(size, cut.fps, cut.frames / cut.fps, faces, fonts, theme, language, cut.logo is not None)
    places = [one.what.place for one in cut.inserts]
    stage.caption_lines = caption_lines(places, stage.sizes)
    stage.captions_above = stands_above(places, stage.sizes)
    stage.title_room = find_title_room(places, [one.what for one in cut.texts], stage.sizes)
    stage.label_below = is_beside(places, stage.sizes)
    stage.list_room = find_list_room(places, sum(one.what.kind == "bullet" for one in cut.texts), stage.sizes)
    foot = draw_foot(stage)
    inserts = [layer for timed in cut.inserts for layer in draw_insert(timed, stage)]
    captions = draw_captions(cut, stage) if cut.burned else []
    logo = draw_logo(cut.logo, stage) if cut.logo else []
    kinds = {kind: [timed for timed in cut.texts if timed.what.kind == kind]
             for kind in ("title", "bullet", "lower_third", "note")}  # fmt: skip
    texts = [layer for timed in kinds["title"] for layer in draw_title(timed, stage)]
    texts += draw_bullets(kinds["bullet"], stage)
    texts += [layer for timed in kinds["lower_third"] for layer in draw_lower_third(timed, stage)]
    texts += [layer for timed in kinds["note"] for layer in draw_note(timed, stage)]
    label = draw_label(cut.label, stage) if cut.label else []
    draft = draw_draft(draft_text(language), stage) if cut.is_draft else []
    return (*foot, *inserts, *texts, *captions, *logo, *label, *draft)
