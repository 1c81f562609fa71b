# SPDX-License-Identifier: GPL-3.0-or-later
"""ONNX models as Protocol Buffers, as far as voices need them: what their graphs hold, and one more output."""

from __future__ import annotations


def with_output(model: bytes, value: str) -> bytes:
    """An ONNX model with one of its inner values as a further output.

    Protocol Buffers merge messages whose bytes stand one after the other, so a second ModelProto that holds
    nothing but the output adds it (ModelProto.graph = 7, GraphProto.output = 12, ValueInfoProto.name = 1).
    """
    return model + _field(7, _field(12, _field(1, value.encode())))


def _field(number: int, content: bytes) -> bytes:
    size, length = len(content), b""
    while size > 0x7F:
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + content
