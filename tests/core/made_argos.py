# SPDX-License-Identifier: GPL-3.0-or-later
"""A package of Argos Translate that translates word for word, built by hand: no training of the network.

The decoder's place attends to the same place of the source, whose word the projection renames; unknown words are
unknown in the translation, and so put back by CTranslate2.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import ctranslate2
import numpy as np
import sentencepiece

_PLACES = 48  # the longest sentence
_SHARP = 40.0  # how sure the attention is of its place


def make_package(folder: Path, source: str, target: str, words: Mapping[str, str], *, zipped: bool = False) -> Path:
    """Write a package for a pair of languages into a folder. words: source -> target, with their punctuation."""
    name = f"{source}_{target}"
    path = folder / name
    (path / "model").mkdir(parents=True)
    (path / "sentencepiece.model").write_bytes(_train(words))
    _network(words).save(str(path / "model"))
    told = {"package_version": "1.0", "argos_version": "1.5", "from_code": source, "to_code": target}
    (path / "metadata.json").write_text(json.dumps(told), encoding="utf-8")
    if not zipped:
        return path
    shutil.make_archive(str(folder / name), "zip", folder, name)
    shutil.rmtree(path)
    return (folder / f"{name}.zip").rename(folder / f"{name}.argosmodel")


def _train(words: Mapping[str, str]) -> bytes:
    """A sentencepiece model whose pieces are the words."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([" ".join(words)] * 8),
        model_writer=model,
        model_type="word",
        vocab_size=len(words) + 3,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return model.getvalue()


def _network(words: Mapping[str, str]) -> ctranslate2.specs.TransformerSpec:
    sources = ["<unk>", "<s>", "</s>", *(f"▁{word}" for word in words)]
    targets = ["<unk>", "<s>", "</s>", *dict.fromkeys(f"▁{word}" for word in words.values())]
    count = len(sources)
    width = -(-(count + _PLACES) // 8) * 8
    spec = ctranslate2.specs.TransformerSpec.from_config(1, 1, pre_norm=True)
    places = np.zeros((_PLACES, width), np.float32)
    places[np.arange(_PLACES), count + np.arange(_PLACES)] = 1.0
    content, place = np.zeros((2, width, width), np.float32)
    content[np.arange(count), np.arange(count)] = 1.0
    place[np.arange(count, count + _PLACES), np.arange(count, count + _PLACES)] = 1.0
    for side, names in ((spec.encoder, sources), (spec.decoder, targets)):
        embedding = side.embeddings[0] if side is spec.encoder else side.embeddings
        embedding.weight = np.zeros((len(names), width), np.float32)
        side.scale_embeddings = False
        side.position_encodings.encodings = places
        _norm(side.layer_norm, width)
        _quiet(side.layer[0], width)
    spec.encoder.embeddings[0].weight[np.arange(count), np.arange(count)] = 1.0
    attention = spec.decoder.layer[0].attention
    _norm(attention.layer_norm, width)
    weights = (_SHARP * place, np.concatenate((place, content)), 8.0 * content)
    for linear, weight in zip(attention.linear, weights, strict=True):
        _fill(linear, weight)
    projection = np.zeros((len(targets), width), np.float32)
    for number, piece in enumerate(sources):
        told = f"▁{words[piece[1:]]}" if piece[:1] == "▁" else piece
        projection[targets.index(told), number] = 8.0
    _fill(spec.decoder.projection, projection)
    spec.register_source_vocabulary(sources)
    spec.register_target_vocabulary(targets)
    spec.config.add_source_eos = True
    spec.validate()
    return spec


def _quiet(layer: object, width: int) -> None:
    """Self-attention and feed-forward that add nothing."""
    _norm(layer.self_attention.layer_norm, width)
    _norm(layer.ffn.layer_norm, width)
    _fill(layer.self_attention.linear[0], np.zeros((3 * width, width), np.float32))
    for linear in (layer.self_attention.linear[1], layer.ffn.linear_0, layer.ffn.linear_1):
        _fill(linear, np.zeros((width, width), np.float32))


def _norm(norm: object, width: int) -> None:
    norm.gamma, norm.beta = np.ones(width, np.float32), np.zeros(width, np.float32)


def _fill(linear: object, weight: np.ndarray) -> None:
    linear.weight, linear.bias = weight, np.zeros(len(weight), np.float32)
