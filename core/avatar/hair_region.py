# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pixels of the photo are hair, or what is worn on the head instead of it.

No hair parser is at hand, so colour decides (GrabCut; Rother, Kolmogorov, Blake 2004): it starts from the crown,
where the matte goes on above the face's oval, and from skin and clothes, which the landmarks point at.

Limits: a beard stays on the skin; a fringe that has the skin's colour is missed; hair that hangs below the
shoulders is cut there; dark hair on dark cloth is parted where the head's own width ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import map_coordinates

from core.avatar.hair_canvas import Canvas, open_canvas
from core.avatar.landmarks import FACE_OVAL
from core.portrait import Portrait
from core.portrait.topology import CHIN

_WORK_IOD = 40.0  # pixels between the eyes (IOD) at which GrabCut runs
# Long hair is followed this far below the chin (IOD), where it thins out; not so far where the clothes have its
# colour (Lab distance) and nothing tells where it ends.
LONGEST, LIKE_CLOTHES, FADE = 2.6, 1.6, 0.5
CLOTHES_COLOUR = 9.0
# Below the chin hair keeps within its width at the chin and this much more on each side (IOD).
SPREAD = 0.2
# Hair is there when it covers this many square IOD; a shaved head shows less.
LEAST_AREA = 0.06
# Share from which on a pixel shows; what is not joined to the rest by such pixels floats.
FAINT = 0.1
# Radius (IOD) of the disc that must fit into hair; more than the half diagonal of a cell of the volume.
BROAD = 0.055
# Mean width of the hair beside the jaw (IOD) from which on it may hang below.
LONG_HAIR = 0.3
# Lab distance within which hair beside the face looks like that of the crown.
SAME_COLOUR = 14.0
# Median chroma of the person (Lab) below which the photo counts as grey: then colour cannot tell hair from skin.
GREY = 2.0
# A head whose top stands this far above the face's oval (IOD) wears hair: measured 0.94 to 0.97 on shaved heads
# and 1.03 to 1.7 with hair; of it the part that lies this far above the oval is sure to be hair.
CROWN, HIGH = 1.01, 0.55
# Lab lightness between the dark and the light of a face in good light; darker photos have less.
CONTRAST = 35.0
# Between the face's oval and the outline, above this height under the eyes (IOD), a head with hair has hair, unless
# it looks plainly like skin (standard deviations); from there to the second height only what is unlike skin.
TEMPLE, SIDEBURN = (-0.22, 0.8), (0.15, 2.6)
# Lab distance by which the face's own colours must be nearer than the crown's where a pixel is taken from the hair.
NEARER = 3.0
# What lies lower than that is bare where it looks like skin (standard deviations) and not like the crown (Lab).
BARE, UNLIKE = 2.2, 8.0
# In a grey photo: what looks like the cheeks (standard deviations) inside the face's oval, and this far above it (IOD).
GREY_BARE, FOREHEAD = (2.4, 1.3), 0.3
_BROWS = (70, 63, 105, 66, 107, 336, 296, 334, 293, 300)
_CHEEKS = (50, 280, 205, 425, 4, 195, 151, 9, 117, 346)


@dataclass(frozen=True)
class HairRegion:
    """What of the photo is hair. hair: (h, w) float32 share 0..1 on the canvas, all 0 on a bald head."""

    canvas: Canvas
    hair: np.ndarray

    def sample(self, points: np.ndarray) -> np.ndarray:
        """Bilinear share (N,) at photo pixels (N, 2); 0 outside the canvas."""
        at = self.canvas.from_photo(points) - 0.5
        return map_coordinates(self.hair, at[:, ::-1].T, order=1, mode="constant")


def find_hair_region(portrait: Portrait) -> HairRegion:
    """The photo's hair, or head-wear, about the face; once per portrait (0.3 s)."""
    canvas = open_canvas(portrait)
    return HairRegion(canvas, find_hair(canvas))


def find_hair(canvas: Canvas) -> np.ndarray:
    """Share of hair (h, w) float32 0..1 on the canvas, the person's matte included; all 0 on a bald head."""
    size = (round(canvas.shape[1] * _WORK_IOD / canvas.iod), round(canvas.shape[0] * _WORK_IOD / canvas.iod))
    image = cv2.resize(canvas.image, size, interpolation=cv2.INTER_AREA)
    matte = cv2.resize(canvas.matte, size, interpolation=cv2.INTER_AREA)
    seeds = _Seeds(canvas, image, matte)
    if (seeds.labels == cv2.GC_FGD).sum() < LEAST_AREA / 4 * _WORK_IOD**2:
        return np.zeros(canvas.shape, np.float32)
    labels, models = seeds.labels.copy(), (np.zeros((1, 65)), np.zeros((1, 65)))
    cv2.setRNGSeed(0)
    cv2.grabCut(seeds.features, labels, (0, 0, 0, 0), *models, 4, cv2.GC_INIT_WITH_MASK)
    hair = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
    hair &= (matte > 0.2) & ~seeds.bare
    hair = _keep_large(_open(hair, 1), 0.04 * _WORK_IOD**2, among=seeds.y < seeds.chin - 0.5)
    hair |= seeds.temples(hair)
    hair |= _open(seeds.locks(hair), 1)
    hair &= ~seeds.collar(hair)
    hair = ~_keep_large(~hair, 0.03 * _WORK_IOD**2)  # holes in the hair are hair
    hair |= seeds.above_face & (matte > 0.5) & ~_keep_large((matte > 0.5) & ~hair, 0.5 * _WORK_IOD**2)
    if hair.sum() < LEAST_AREA * _WORK_IOD**2:
        return np.zeros(canvas.shape, np.float32)
    soft = cv2.resize(hair.astype(np.float32), canvas.shape[::-1], interpolation=cv2.INTER_CUBIC)
    guide = cv2.cvtColor(canvas.image, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255.0
    soft = _guided(np.clip(soft, 0, 1), guide, radius=round(0.05 * canvas.iod))
    # Where hair meets the background the matte alone draws the edge: bring the hair out to it.
    person = (canvas.matte > 0.5).astype(np.float32)
    reach = (0, 0), 0.05 * canvas.iod
    near = cv2.GaussianBlur(soft * person, *reach) / np.maximum(cv2.GaussianBlur(person, *reach), 1e-3)
    rim = 1 - cv2.erode(person, _disc(round(0.05 * canvas.iod)))
    soft = soft * (1 - rim) + np.clip(2.5 * near - 0.9, 0, 1) * rim
    below = cv2.resize(seeds.fade(hair), canvas.shape[::-1], interpolation=cv2.INTER_LINEAR)
    found = _rooted((np.clip(soft, 0, 1) * canvas.matte * below).astype(np.float32), canvas)
    # Shape and strands need hair that is plainly there and broader than a cell of the volume; crumbs are none.
    plain = _open(found > 0.9, round(BROAD * canvas.iod))
    return found if plain.sum() >= 0.5 * LEAST_AREA * canvas.iod**2 else np.zeros(canvas.shape, np.float32)


class _Seeds:
    """GrabCut's starting labels and the picture (h, w, 3) uint8 that it parts, at working size."""

    def __init__(self, canvas: Canvas, image: np.ndarray, matte: np.ndarray) -> None:
        ratio = image.shape[1] / canvas.shape[1]
        marks = canvas.landmarks * ratio
        middle, across, down = canvas.axes()
        grid = np.stack(np.meshgrid(np.arange(image.shape[1]), np.arange(image.shape[0])), axis=-1) + 0.5
        grid = grid - middle * ratio
        self.x, self.y = grid @ across / _WORK_IOD, grid @ down / _WORK_IOD  # head frame, IOD
        chin = float((marks[CHIN] - middle * ratio) @ down / _WORK_IOD)
        lab = cv2.cvtColor(image.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
        oval = marks[list(FACE_OVAL)]
        face = _polygon(oval, matte.shape)
        person = matte > 0.5
        grey = not person.any() or float(np.median(np.abs(lab[person][:, 1:]).max(axis=1))) < GREY
        inner = cv2.erode(face, _disc(round(0.1 * _WORK_IOD))) > 0
        brow = float(((marks[list(_BROWS)] - middle * ratio) @ down / _WORK_IOD).min())
        skinness = self._skinness(lab, marks, face > 0 if grey else None)
        # Above the brows a fringe may hang into the oval, so only what looks like skin is sure there.
        sure_not = inner & ((self.y > brow - 0.1) | (skinness < 2.0))
        neck = (np.abs(self.x) < 0.3) & (self.y > chin - 0.05) & (self.y < chin + 0.35) & (skinness < 4.0)
        self.chin = chin
        cloth = (self.y > chin + LONGEST) | neck
        half = self._head_half_width(matte)
        cloth |= (self.y > chin - 0.1) & (np.abs(self.x) > half + 0.15)
        top = float((oval - middle * ratio).dot(down).min()) / _WORK_IOD
        crown = (self.y < top - 0.1) & (face == 0)
        # Beside the face there are ears, which look like skin, and else only what hangs from the head.
        sides = (self.y < chin - 0.1) & (cv2.dilate(face, _disc(round(0.2 * _WORK_IOD))) == 0)
        self.oval, self.person, self.skinness, self.lab = face > 0, person, skinness, lab
        solid = (cv2.erode(matte, _disc(2)) > 0.9) & (skinness > 3.0)
        hair = crown & solid
        hair |= sides & solid & (self._unlike(lab, hair) < SAME_COLOUR)
        self.features = np.ascontiguousarray(image[..., ::-1])
        if grey:
            self.features = self._grey_features(lab[..., 0], matte)
            hair |= self._crown(person & crown, top)
        labels = np.full(matte.shape, cv2.GC_PR_BGD, np.uint8)
        labels[(face == 0) & (self.y < chin - 0.1) & (skinness > 3.0)] = cv2.GC_PR_FGD
        labels[(self.y < brow) & (skinness > 3.0)] = cv2.GC_PR_FGD
        labels[hair] = cv2.GC_FGD
        self.above_face = crown
        labels[sure_not | cloth | (matte < 0.1)] = cv2.GC_BGD
        self.labels = labels
        self.bare = self._grey_bare(face, brow) if grey else self._bare(hair, inner, brow, top)

    def _grey_bare(self, face: np.ndarray, brow: float) -> np.ndarray:
        """Pixels (h, w) of a grey photo that are skin. face: 1 in its oval.

        White hair is as light as a forehead: what looks like the cheeks, as far up as foreheads go, is bare.
        """
        smooth = cv2.blur(self.skinness.astype(np.float32), (3, 3))
        near = cv2.dilate(face, _disc(round(FOREHEAD * _WORK_IOD))) > 0
        return (self.y < brow) & np.where(face > 0, smooth < GREY_BARE[0], near & (smooth < GREY_BARE[1]))

    def _bare(self, hair: np.ndarray, inner: np.ndarray, brow: float, top: float) -> np.ndarray:
        """Pixels (h, w) that are skin, such as a high forehead. hair: seeds; inner: the middle of the face."""
        smooth = cv2.blur(self.skinness.astype(np.float32), (3, 3))
        crest = self._unlike(self.lab, hair & (self.y < top - HIGH))
        # Where the crown gives no seeds to compare with, nothing is taken away.
        known = (self.y > top - HIGH) & np.isfinite(crest)
        bare = (smooth < BARE) & known & (crest > UNLIKE)
        face_skin = self._unlike(self.lab, inner & (self.y > brow - 0.4) & (self.skinness < 3.0))
        return bare | (known & (self.y < self.chin) & (face_skin + NEARER < crest))

    def temples(self, hair: np.ndarray) -> np.ndarray:
        """Pixels (h, w) beside the face that are hair because there is hair over them, whatever the light does."""
        near = cv2.dilate(self.oval.astype(np.uint8), _disc(round(0.04 * _WORK_IOD))) > 0
        beside = cv2.dilate(self.oval.astype(np.uint8), _disc(round(0.12 * _WORK_IOD))) > 0  # beyond it is the ear
        deep = cv2.erode(self.person.astype(np.uint8), _disc(round(0.15 * _WORK_IOD))) > 0
        outside = self.person & ~near
        found = np.zeros_like(hair)
        for side in (self.x < 0, self.x >= 0):
            over = hair & side & (self.y < TEMPLE[0] - 0.3) & ~self.oval
            if over.sum() < 0.05 * _WORK_IOD**2:
                continue
            skin = cv2.blur(self.skinness.astype(np.float32), (3, 3))
            temple = (self.y > TEMPLE[0] - 0.7) & (self.y < TEMPLE[0]) & (skin > TEMPLE[1])
            temple &= np.abs(self.x) > np.abs(self.x[self.oval & side]).max()  # beside the forehead, not over it
            temple |= ~deep & (self.y > TEMPLE[0] - 0.6) & (self.y < TEMPLE[0])  # thin white hair shines like skin
            # A turned head shows a strip of it, all the way up; thinner ones are light on the outline.
            strip = _open(~deep & self.person & (self.y < TEMPLE[0]) & (self.skinness > SIDEBURN[1]), 1)
            sideburn = (self.y >= TEMPLE[0]) & (self.y < SIDEBURN[0]) & (skin > SIDEBURN[1]) & beside
            for more in (temple | sideburn, strip | _open(sideburn, 1)):
                known = (hair | found) & side
                joined = (side & outside & more) | known
                _, labels = cv2.connectedComponents(joined.astype(np.uint8), connectivity=4)
                kept = np.unique(labels[known])
                found |= joined & np.isin(labels, kept[kept > 0])
        return found

    def locks(self, hair: np.ndarray) -> np.ndarray:
        """Pixels (h, w) below the chin on to which hair falls that is broad beside it: what goes on in its colour."""
        high = hair & (self.y > self.chin - 0.6) & (self.y < self.chin)
        alike = self.person & (self._unlike(self.lab, hair & (self.y < self.chin)) < SAME_COLOUR)
        found = np.zeros_like(hair)
        for side in (-1, 1):
            across = side * self.x
            beside = high & (across > 0)
            if beside.sum() < LONG_HAIR * 0.6 * _WORK_IOD**2:
                continue
            inner, outer = np.percentile(across[beside], [10, 98])
            falls = (self.y > self.chin - 0.3) & (self.y < self.chin + LONGEST)
            falls &= (across > inner - SPREAD) & (across < outer + SPREAD)
            _, labels = cv2.connectedComponents((falls & (alike | hair)).astype(np.uint8), connectivity=4)
            kept = np.unique(labels[beside & falls])
            found |= np.isin(labels, kept[kept > 0])
        return found

    def fade(self, hair: np.ndarray) -> np.ndarray:
        """1 above the ends of hair (h, w) that hangs below the chin, 0 under them and beside it, float32."""
        low, high = self.y > self.chin + 0.3, (self.y > self.chin - 0.6) & (self.y < self.chin)
        locks, cloth = hair & high, self.person & low & (np.abs(self.x) > 0.5) & ~hair
        longest = LONGEST
        if locks.sum() > 8 and cloth.sum() > 8:
            apart = self._unlike(self.lab, cloth)[hair & low]
            if len(apart) and np.median(apart) < CLOTHES_COLOUR:
                longest = LIKE_CLOTHES
        end = self.chin + longest
        photo = self.y[self.person].max(initial=end)  # the photo may end before
        # Locks end at different lengths.
        noise = np.random.default_rng(0).standard_normal(self.x.shape[1]).astype(np.float32)[None]
        noise = cv2.GaussianBlur(noise, (0, 0), 0.03 * _WORK_IOD)
        ends = min(end, float(photo)) - FADE * np.clip(0.3 + 0.2 * noise / noise.std(), 0, 0.7)
        share = np.clip((ends - self.y) / FADE, 0, 1)
        for side in (-1, 1):
            across = side * self.x
            beside = locks & (across > 0)
            reach = float(np.percentile(across[beside], 98)) + SPREAD if beside.any() else 0.0
            edge = np.clip((reach - across) / 0.15, 0, 1)
            share = np.where((across > 0) & (self.y > self.chin), share * edge, share)
        return share.astype(np.float32)

    def collar(self, hair: np.ndarray) -> np.ndarray:
        """Pixels below the jaw on a side whose hair does not reach the jaw: clothes of the hair's colour."""
        jaw = (self.y > self.chin - 0.8) & (self.y < self.chin - 0.4)
        below = np.zeros_like(hair)
        for side in (self.x < 0, self.x >= 0):
            if (hair & jaw & side).sum() < LONG_HAIR * 0.4 * _WORK_IOD**2:
                below |= side & (self.y > self.chin - 0.5)
        return below

    def _crown(self, above: np.ndarray, top: float) -> np.ndarray:
        """What stands higher over the face than a bare skull would: hair of whatever lightness."""
        middle = above & (np.abs(self.x) < 0.3)
        if not middle.any() or top - float(self.y[middle].min()) < CROWN:
            return np.zeros_like(above)
        return above & (self.y < top - HIGH)

    def _grey_features(self, lightness: np.ndarray, matte: np.ndarray) -> np.ndarray:
        """Instead of colour: lightness, how much it varies from strand to strand, and the height over the eyes."""
        weight = (matte > 0.8).astype(np.float32)

        def mean(picture: np.ndarray, sigma: float) -> np.ndarray:
            share = cv2.GaussianBlur(weight, (0, 0), sigma)
            return cv2.GaussianBlur(picture * weight, (0, 0), sigma) / np.maximum(share, 1e-3)

        detail = np.sqrt(mean((lightness - mean(lightness, 2.0)) ** 2, 3.0))
        inside = lightness[matte > 0.5]
        low, high = np.percentile(inside, [2, 98]) if len(inside) else (0.0, 100.0)
        scale = 255 / max(float(high - low), 5.0)
        planes = (lightness - low) * scale, detail * 4 * scale, 128 - 64 * self.y
        return np.clip(np.stack(planes, axis=-1), 0, 255).astype(np.uint8)

    @staticmethod
    def _skinness(lab: np.ndarray, marks: np.ndarray, grey_face: np.ndarray | None) -> np.ndarray:
        """Distance from the face's skin in its own standard deviations; shade counts for less than hue.

        grey_face: the face (h, w) where the photo is grey: shade counts by the photo's own contrast.
        """
        at = np.clip(np.round(marks[list(_CHEEKS)]).astype(int), 0, np.array(lab.shape[1::-1]) - 1)
        samples = np.concatenate([lab[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3) for x, y in at])
        median = np.median(samples, axis=0)
        spread = np.maximum(np.median(np.abs(samples - median), axis=0) * 1.5, [7.0, 3.0, 3.5])
        if grey_face is not None and grey_face.any():
            contrast = np.subtract(*np.percentile(lab[grey_face][:, 0], [90, 10]))
            spread[0] *= np.clip(contrast / CONTRAST, 0.2, 1.0)
        away = (lab - median) / spread
        away[..., 0] = np.where(away[..., 0] > 0, 0.4, 1.0) * away[..., 0]  # skin shines
        return np.sqrt((away**2).sum(axis=-1))

    @staticmethod
    def _unlike(lab: np.ndarray, seeds: np.ndarray) -> np.ndarray:
        """Lab distance (h, w) to the nearest of the seeds' eight main colours."""
        if seeds.sum() < 8:
            return np.full(seeds.shape, np.inf)
        cv2.setRNGSeed(0)
        stop = (cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
        _, _, colours = cv2.kmeans(lab[seeds], 8, np.empty(0), stop, 1, cv2.KMEANS_PP_CENTERS)
        squares = (colours**2).sum(axis=1) - 2 * lab @ colours.T
        return np.sqrt(np.maximum(squares.min(axis=-1) + (lab**2).sum(axis=-1), 0))

    def _head_half_width(self, matte: np.ndarray) -> float:
        """Half the matte's width at the level of the eyes and nose, hair included (IOD)."""
        rows = (np.abs(self.y) < 0.4) & (matte > 0.5)
        return float(np.clip(np.percentile(np.abs(self.x[rows]), 99), 1.0, 2.4)) if rows.any() else 1.2


def _polygon(points: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(points * 16).astype(np.int32)], 1, shift=4)
    return mask


def _disc(radius: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(radius, 1) + 1,) * 2)


def _rooted(hair: np.ndarray, canvas: Canvas) -> np.ndarray:
    """Hair (h, w) 0..1 without specks, which hang together with nothing that is plainly hair beside the face."""
    _, found = cv2.connectedComponents((hair > FAINT).astype(np.uint8), connectivity=4)
    labels = np.asarray(found, np.int32)
    rooted = np.zeros(labels.max() + 1, np.uint8)
    low = int(canvas.landmarks[CHIN, 1] - 0.5 * canvas.iod)
    rooted[np.unique(labels[: max(low, 1)][hair[: max(low, 1)] > 0.9])] = 1
    rooted[0] = 0
    # Its faint border stays with it.
    return np.where(cv2.dilate(rooted[labels], _disc(3)) > 0, hair, 0).astype(np.float32)


def _open(mask: np.ndarray, radius: int) -> np.ndarray:
    return cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, _disc(radius)) > 0


def _keep_large(mask: np.ndarray, area: float, among: np.ndarray | None = None) -> np.ndarray:
    """The mask's parts with at least this many pixels, counting only those of ``among``."""
    count, found = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    labels = np.asarray(found, np.int32)
    counted = labels if among is None else labels[among]
    keep = np.bincount(counted.ravel(), minlength=count) >= area
    keep[0] = False
    return keep[labels]


def _guided(mask: np.ndarray, guide: np.ndarray, radius: int, smoothness: float = 4e-4) -> np.ndarray:
    """Guided filter (He, Sun, Tang 2010): the mask's edge moves onto the picture's."""
    size = (2 * radius + 1,) * 2
    mean_g, mean_m = cv2.blur(guide, size), cv2.blur(mask, size)
    slope = (cv2.blur(guide * mask, size) - mean_g * mean_m) / (cv2.blur(guide * guide, size) - mean_g**2 + smoothness)
    offset = mean_m - slope * mean_g
    return np.clip(cv2.blur(slope, size) * guide + cv2.blur(offset, size), 0, 1)
