# SPDX-License-Identifier: GPL-3.0-or-later
"""ONNX models as Protocol Buffers, as far as voices need them: the nodes of their graphs, more outputs, more inputs.

The numbers of the fields are those of onnx.proto3. Messages whose bytes stand one after the other are merged, so a
second ModelProto that holds nothing but an output adds it to the first one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_GRAPH = 7  # of ModelProto
_NODE, _INPUT, _OUTPUT = 1, 11, 12  # of GraphProto
_NAME, _TYPE = 1, 2  # of ValueInfoProto
_FLOATS = b"\x0a\x02\x08\x01"  # TypeProto: tensor_type (1) of elem_type (1) FLOAT (1), any shape
_WIDTHS = {1: 8, 5: 4}  # bytes of fields of fixed width, by wire type
_NUMBER, _CONTENT = 0, 2  # wire types


@dataclass(frozen=True)
class Node:
    """One operation of a graph: what it is (``Conv``), the values it takes and those it gives."""

    operation: str
    takes: tuple[str, ...]
    gives: tuple[str, ...]


def with_output(model: bytes, *values: str) -> bytes:
    """An ONNX model with some of its inner values as further outputs."""
    outputs = b"".join(_field(_OUTPUT, _field(_NAME, value.encode())) for value in values)
    return model + _field(_GRAPH, outputs)


def read_nodes(model: bytes) -> tuple[Node, ...]:
    """The nodes of a model's graph in order. Raises ValueError where the bytes are no ONNX model."""
    return tuple(
        _read_node(content)
        for number, graph, _ in _fields(memoryview(model))
        if number == _GRAPH
        for kind, content, _ in _fields(graph)
        if kind == _NODE
    )


def leading_to(nodes: Sequence[Node], value: str) -> frozenset[str]:
    """The values that a value is computed from. nodes: in an order in which they can be computed."""
    needed = {value}
    for node in reversed(nodes):
        if not needed.isdisjoint(node.gives):
            needed.update(node.takes)
    return frozenset(needed - {value})


def with_inputs(model: bytes, operation: str) -> bytes:
    """A model without the nodes of an operation; the values that they gave are further inputs, of float numbers.

    Raises ValueError where the bytes are no ONNX model.
    """
    whole: list[bytes | memoryview] = []
    for number, graph, raw in _fields(memoryview(model)):
        if number != _GRAPH:
            whole.append(raw)
            continue
        parts: list[bytes | memoryview] = []
        for kind, content, part in _fields(graph):
            node = _read_node(content) if kind == _NODE else None
            if node is None or node.operation != operation:
                parts.append(part)
            else:
                value = _field(_NAME, node.gives[0].encode()) + _field(_TYPE, _FLOATS)
                parts.append(_field(_INPUT, value))
        whole.append(_field(_GRAPH, b"".join(parts)))
    return b"".join(whole)


def _read_node(content: memoryview) -> Node:
    """NodeProto: input 1, output 2, name 3, op_type 4."""
    fields = [(number, bytes(value).decode("utf-8", "replace")) for number, value, _ in _fields(content) if number <= 4]
    takes, gives, kinds = (tuple(value for number, value in fields if number == wanted) for wanted in (1, 2, 4))
    return Node("".join(kinds), takes, gives)


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview, memoryview]]:
    """Number, content (empty where that is a number) and all bytes of each field of a message."""
    at = 0
    while at < len(message):
        start = at
        key, at = _number(message, at)
        kind = key & 7
        length = _WIDTHS.get(kind, 0)
        if kind == _CONTENT:
            length, at = _number(message, at)
        elif kind == _NUMBER:
            _, at = _number(message, at)
        elif kind not in _WIDTHS:
            raise ValueError(f"there is a field of the unknown type {kind}")
        if at + length > len(message):
            raise ValueError("it ends within a field")
        yield key >> 3, message[at : at + length] if kind == _CONTENT else message[:0], message[start : at + length]
        at += length


def _number(message: memoryview, at: int) -> tuple[int, int]:
    """A varint, and where the next byte stands."""
    value, shift = 0, 0
    while at < len(message) and shift < 64:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise ValueError("it ends within a number")


def _field(number: int, content: bytes) -> bytes:
    size, length = len(content), b""
    while size > 0x7F:
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    return bytes([number << 3 | _CONTENT]) + length + bytes([size]) + content
