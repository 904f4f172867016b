"""The compact stores give back what was put in."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simfilter import _core
from simfilter.index.layout import BLOCK, PositionWriter, TextReader, TextWriter

STEPS = st.lists(st.tuples(st.integers(0, 600), st.integers(0, 600)), max_size=400)


@given(steps=STEPS, data=st.data())
def test_positions_come_back(steps, data):
    starts, ends, at = [], [], 0
    for gap, length in steps:
        starts.append(at + gap)
        ends.append(at := at + gap + length)
    writer = PositionWriter()
    writer.add(np.array(starts, np.int64), np.array(ends, np.int64))
    packed = {name: column.joined() for name, column in writer.columns.items()}
    first = data.draw(st.integers(0, len(steps)))
    last = data.draw(st.integers(first, len(steps)))
    got = np.empty((2, last - first), np.int64)
    _core.position_unpack(packed["gaps"], packed["lengths"], packed["checkpoints"], packed["exceptions"], first, last, *got)
    assert got[0].tolist() == starts[first:last]
    assert got[1].tolist() == ends[first:last]


@given(texts=st.lists(st.text(max_size=50).map(lambda text: text * 400), max_size=8), data=st.data())
def test_text_comes_back_in_characters(texts, data):
    writer = TextWriter()
    for text in texts:
        writer.add(text.encode())
    writer.finish()
    whole = "".join(texts)
    reader = TextReader(memoryview(writer.blocks.joined()), np.array(writer.offsets, np.uint64),
                        np.array(writer.byte_starts, np.uint64), np.array(writer.character_starts, np.uint64))
    assert reader.read(0, len(whole.encode())) == whole.encode()
    position = data.draw(st.integers(0, len(whole)))
    byte = len(whole[:position].encode())
    assert reader.characters_before(byte) == position
    assert reader.read(byte, byte + 3) == whole.encode()[byte : byte + 3]
    assert all(high - low < 2 * BLOCK for low, high in pairwise(writer.byte_starts))
