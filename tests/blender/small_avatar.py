# SPDX-License-Identifier: GPL-3.0-or-later
"""A small avatar and a small performance in the exact formats of docs/architecture.md, made by arithmetic.

They stand in where a test asks how Blender treats the format, and run in milliseconds.
"""

from __future__ import annotations

import json
import struct
import wave
import zlib
from pathlib import Path

import numpy as np

AVATAR_ID = "0123456789abcdef"
HEAD_CENTRE = np.array([0.0, 0.0, 1.6])
HEAD_RADII = np.array([0.075, 0.10, 0.12])
EYE_Z = 1.62
CHANNELS = (
    "jawOpen",
    "mouthClose",
    "mouthSmileLeft",
    "mouthSmileRight",
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "browInnerUp",
)
VISEMES = ("viseme_PP", "viseme_aa")
BASES = ("neutral", "photo")
DRIVERS = {"mouthClose": "min(mouthClose, jawOpen)", "jawSmile": "jawOpen * mouthSmileLeft"}
BONES = (
    ("root", None, (0.0, 0.0, 0.0)),
    ("chest", "root", (0.0, 0.03, 1.30)),
    ("shoulder_left", "chest", (0.12, 0.03, 1.38)),
    ("shoulder_right", "chest", (-0.12, 0.03, 1.38)),
    ("neck", "chest", (0.0, 0.03, 1.45)),
    ("head", "neck", (0.0, 0.02, 1.52)),
    ("jaw", "head", (0.0, 0.0, 1.56)),
    ("eye_left", "head", (0.03, -0.07, EYE_Z)),
    ("eye_right", "head", (-0.03, -0.07, EYE_Z)),
)
MATERIALS = {
    "skin": {
        "kind": "skin",
        "image": "albedo.png",
        "maps": {"light": "skin_light.png", "normal": "skin_normal.png", "roughness": "skin_roughness.png"},
    },
    "mouth": {"kind": "mouth", "color": [0.2, 0.02, 0.02]},
    "eye": {"kind": "eye", "color": [0.7, 0.7, 0.7]},
    "cornea": {"kind": "cornea", "color": [1.0, 1.0, 1.0]},
    "teeth": {"kind": "teeth", "color": [0.7, 0.65, 0.5]},
    "tongue": {"kind": "tongue", "color": [0.5, 0.1, 0.1]},
    "lash": {"kind": "lash", "color": [0.01, 0.01, 0.01]},
    "hair": {"kind": "hair", "image": "hair.png"},
    "cloth": {"kind": "cloth", "color": [0.1, 0.15, 0.3]},
}


def write_png(path: Path, pixels: np.ndarray) -> None:
    """Write (H, W, 3 or 4) uint8 as PNG."""
    height, width, channels = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in np.ascontiguousarray(pixels))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, {3: 2, 4: 6}[channels], 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


def ellipsoid(centre: np.ndarray, radii: np.ndarray, rings: int = 10, segments: int = 16) -> dict[str, np.ndarray]:
    """A closed surface of quads with triangles (-1 in the last column) at its poles."""
    theta = np.linspace(0.0, np.pi, rings + 1)[1:-1]
    phi = np.arange(segments) * 2 * np.pi / segments
    ring = np.stack(
        [
            np.outer(np.sin(theta), np.sin(phi)),
            -np.outer(np.sin(theta), np.cos(phi)),
            np.outer(np.cos(theta), np.ones(segments)),
        ],
        axis=-1,
    ).reshape(-1, 3)
    unit = np.concatenate([ring, [[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]]])
    top, bottom = len(ring), len(ring) + 1
    faces = []
    for s in range(segments):
        n = (s + 1) % segments
        faces.append([s, n, top, -1])
        for r in range(rings - 2):
            faces.append([r * segments + s, (r + 1) * segments + s, (r + 1) * segments + n, r * segments + n])
        last = (rings - 2) * segments
        faces.append([last + n, last + s, bottom, -1])
    faces = np.array(faces, dtype=np.int32)
    spread = np.stack([np.arctan2(unit[:, 0], -unit[:, 1]) / (2 * np.pi) + 0.5, unit[:, 2] / 2 + 0.5], axis=-1)
    return {
        "positions": (centre + unit * radii).astype(np.float32),
        "faces": faces,
        "uv": spread[np.maximum(faces, 0)].astype(np.float32),
        "material": np.zeros(len(faces), dtype=np.int32),
    }


def bump(positions: np.ndarray, centre: tuple[float, float, float], move: tuple[float, float, float]) -> np.ndarray:
    """Deltas (V, 3) that fade within 4 cm around a point."""
    distance = np.linalg.norm(positions - np.array(centre), axis=1)
    return (np.exp(-((distance / 0.03) ** 2))[:, None] * np.array(move)).astype(np.float32)


def join(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Two surfaces as one mesh."""
    shifted = np.where(second["faces"] >= 0, second["faces"] + len(first["positions"]), -1).astype(np.int32)
    joined = {name: np.concatenate([first[name], second[name]]) for name in ("positions", "uv", "material")}
    return {**joined, "faces": np.concatenate([first["faces"], shifted])}


def hold(count: int, bone: str) -> np.ndarray:
    """Weights (V, B) that bind everything to one bone."""
    weights = np.zeros((count, len(BONES)), dtype=np.float32)
    weights[:, [name for name, _, _ in BONES].index(bone)] = 1.0
    return weights


def make_meshes() -> dict[str, dict]:
    """name -> entry of avatar.json plus ``arrays``; the face looks to -Y."""
    eyes = [np.array([x, -0.075, EYE_Z]) for x in (0.03, -0.03)]
    balls = join(*(ellipsoid(eye, np.full(3, 0.012)) for eye in eyes))
    glass = join(*(ellipsoid(eye, np.full(3, 0.0125)) for eye in eyes))
    plan = {
        "head": (ellipsoid(HEAD_CENTRE, HEAD_RADII, 24, 32), "head", ["skin", "mouth"]),
        "eyes": (balls, None, ["eye"]),
        "cornea": (glass, None, ["cornea"]),
        "teeth": (ellipsoid(np.array([0, -0.07, 1.55]), np.array([0.02, 0.01, 0.005])), "head", ["teeth"]),
        "tongue": (ellipsoid(np.array([0, -0.05, 1.545]), np.array([0.015, 0.02, 0.005])), "jaw", ["tongue"]),
        "lashes": (ellipsoid(np.array([0, -0.09, 1.64]), np.array([0.04, 0.004, 0.002])), "head", ["lash"]),
        "hair": (ellipsoid(np.array([0, 0.03, 1.65]), np.array([0.09, 0.10, 0.10])), "head", ["hair"]),
        "torso": (ellipsoid(np.array([0, 0.03, 1.30]), np.array([0.20, 0.10, 0.17])), "chest", ["cloth"]),
    }
    meshes: dict[str, dict] = {}
    for name, (arrays, bone, materials) in plan.items():
        positions, keys, deltas = arrays["positions"], [], []
        if name == "head":
            keys = [*CHANNELS, *VISEMES, *BASES, "jawSmile"]
            mouth, left, right = (0.0, -0.1, 1.55), (0.03, -0.1, 1.55), (-0.03, -0.1, 1.55)
            moves = {
                "jawOpen": (mouth, (0, 0, -0.02)),
                "mouthClose": (mouth, (0, 0, 0.02)),
                "mouthSmileLeft": (left, (0.01, 0, 0.01)),
                "mouthSmileRight": (right, (-0.01, 0, 0.01)),
                "eyeBlinkLeft": ((0.03, -0.09, EYE_Z), (0, 0, -0.01)),
                "eyeBlinkRight": ((-0.03, -0.09, EYE_Z), (0, 0, -0.01)),
                "browInnerUp": ((0, -0.09, 1.65), (0, 0, 0.01)),
                "viseme_PP": (mouth, (0, -0.005, 0)),
                "viseme_aa": (mouth, (0, 0, -0.015)),
                "neutral": (mouth, (0, 0, -0.002)),
                "photo": (right, (0, -0.003, 0)),
                "jawSmile": (left, (0.005, 0, 0)),
            }
            deltas = [bump(positions, *moves[key]) for key in keys]
            arrays["material"][: len(arrays["faces"]) // 20] = 1
        elif name == "tongue":
            keys, deltas = ["jawOpen"], [np.tile(np.float32([0, 0, -0.015]), (len(positions), 1))]
        if bone is None:
            half = len(positions) // 2
            weights = np.concatenate([hold(half, "eye_left"), hold(half, "eye_right")])
        else:
            weights = hold(len(positions), bone)
        if name == "head":  # the lowest third follows the neck in part, as on a real head
            low = positions[:, 2] < 1.53
            weights[low] = 0.4 * hold(int(low.sum()), "neck") + 0.6 * weights[low]
        arrays["weights"] = weights.astype(np.float32)
        arrays["deltas"] = np.array(deltas, dtype=np.float32).reshape(len(keys), len(positions), 3)
        meshes[name] = {
            "materials": materials,
            "keys": keys,
            "smooth": True,
            "subdivision": int(name == "head"),
            "arrays": arrays,
        }
    return meshes


def write_small_avatar(folder: Path, name: str = "Small") -> Path:
    """Write ``NAME.avatar`` into a folder that exists and return it."""
    avatar = folder / f"{name}.avatar"
    avatar.mkdir()
    meshes = make_meshes()
    np.savez(
        avatar / "geometry.npz",
        **{f"{mesh}.{field}": array for mesh, entry in meshes.items() for field, array in entry["arrays"].items()},
    )
    ramp = np.zeros((32, 32, 3), dtype=np.uint8)
    ramp[...] = (200, 150, 125)
    write_png(avatar / "albedo.png", ramp)
    for kind, value in (("light", (64, 64, 64)), ("normal", (128, 128, 255)), ("roughness", (130, 130, 130))):
        write_png(avatar / f"skin_{kind}.png", np.broadcast_to(np.array(value, np.uint8), (32, 32, 3)))
    strands = np.zeros((32, 32, 4), dtype=np.uint8)
    strands[...] = (60, 40, 30, 255)
    strands[:, ::2, 3] = 0
    write_png(avatar / "hair.png", strands)
    channels = [{"name": n, "kind": "arkit", "description": f"Moves {n}."} for n in CHANNELS]
    channels += [{"name": n, "kind": "viseme", "description": f"Shape of {n}."} for n in VISEMES]
    channels += [{"name": n, "kind": "base", "description": f"The face's {n}."} for n in BASES]
    description = {
        "format": 1,
        "id": AVATAR_ID,
        "name": name,
        "generator": {"version": "0", "models": {}},
        "photo": {"file": "none.jpg", "sha256": "0" * 64, "width": 640, "height": 800},
        "consent": {"statement": "A drawing, nobody's face.", "synthetic": True},
        "scores": {"jawOpen": 0.1},
        "settings": {"seed": 1},
        "warnings": [],
        "camera": {
            "focal": 900.0,
            "cx": 320.0,
            "cy": 400.0,
            "width": 640,
            "height": 800,
            "rotation": [[1, 0, 0], [0, 0, -1], [0, 1, 0]],
            "translation": [0.0, 1.6, 1.2],
        },
        "bones": [{"name": n, "parent": p, "head": list(h), "tail": [h[0], h[1], h[2] + 0.06]} for n, p, h in BONES],
        "channels": channels,
        "drivers": DRIVERS,
        "photo_expression": {"mouthSmileLeft": 0.4, "photo": 1.0},
        "meshes": [
            {
                "name": mesh,
                **{field: entry[field] for field in ("materials", "keys", "smooth", "subdivision")},
            }
            for mesh, entry in meshes.items()
        ],
        "materials": MATERIALS,
    }
    (avatar / "avatar.json").write_text(json.dumps(description), encoding="utf-8")
    return avatar


def write_small_performance(folder: Path, name: str = "small", duration: float = 1.0, scale: float = 1.0) -> Path:
    """Write ``NAME.performance`` and the speech that it names into a folder that exists."""
    performance, speech = folder / f"{name}.performance", folder / f"{name}.speech"
    performance.mkdir()
    speech.mkdir()
    rate, samples = 60, 24000
    time = np.arange(round(duration * rate) + 1) / rate
    tone = 0.3 * np.sin(2 * np.pi * 220 * np.arange(round(duration * samples)) / samples)
    with wave.open(str(speech / "speech.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(samples)
        sound.writeframes((tone * 32767).astype("<i2").tobytes())
    layers = {
        "speech": {
            "jawOpen": 0.5 - 0.5 * np.cos(2 * np.pi * 3 * time),
            "mouthClose": 0.2 * np.sin(time) ** 2,
        },
        "expression": {"mouthSmileLeft": np.full_like(time, 0.25), "jawOpen": np.full_like(time, 0.1)},
        "blink": {"eyeBlinkLeft": np.exp(-(((time - 0.5) / 0.06) ** 2))},
        "gaze": {"eyeLeftYaw": 0.2 * np.sin(2 * np.pi * time), "eyeLeftPitch": np.full_like(time, 0.05)},
        "head": {
            "headYaw": 0.3 * time / duration,
            "headPitch": 0.1 * np.sin(2 * np.pi * time),
            "neckRoll": 0.05 * np.sin(np.pi * time),
        },
        "gesture": {
            "chestPitch": 0.02 * np.sin(np.pi * time),
            "browInnerUp": 0.3 * np.sin(np.pi * time) ** 2,
        },
        "body": {"chestYaw": 0.04 * np.sin(np.pi * time), "shoulderLeftLift": 0.05 * np.sin(np.pi * time) ** 2},
        "breath": {"shoulderRightLift": 0.01 * np.sin(2 * np.pi * time) ** 2},
        "micro": {"neckYaw": 0.01 * np.sin(4 * np.pi * time)},
    }
    arrays = {f"{n}/{c}": (scale * v).astype(np.float32) for n, layer in layers.items() for c, v in layer.items()}
    np.savez(performance / "performance.npz", time=time, **arrays)
    description = {
        "format": 1,
        "rate": rate,
        "duration": duration,
        "seed": 7,
        "settings": {},
        "layers": {n: list(layer) for n, layer in layers.items()},
        "sound": f"../{name}.speech/speech.wav",
        "phones": [{"start": 0.0, "end": duration, "phone": "", "viseme": "viseme_sil", "word": -1}],
        "words": [],
    }
    (performance / "performance.json").write_text(json.dumps(description), encoding="utf-8")
    return performance
