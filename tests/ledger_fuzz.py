"""Valid bytes with a few places changed: what a fuzzer of parsers should try besides noise."""

from hypothesis import strategies as st

_SCRAPS = [
    b"\n",
    b"\n\n",
    "— ".encode(),
    "—".encode(),
    b" ",
    b"=",
    b"+",
    b"\r",
    b"\t",
    b"\xc2\xa0",
    b"0",
    b"A",
]
_PUT = st.one_of(st.binary(max_size=2), st.sampled_from(_SCRAPS))
_EDITS = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 3), _PUT), min_size=1, max_size=4)


def mutated(*valid: bytes) -> st.SearchStrategy[bytes]:
    """One of these, with up to four places cut out, doubled or written over."""
    return st.builds(_changed, st.sampled_from(valid), _EDITS)


def noise(most: int = 300) -> st.SearchStrategy[bytes]:
    """Any bytes."""
    return st.binary(max_size=most)


def _changed(raw: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for at, cut, put in edits:
        at %= len(raw) + 1
        raw = raw[:at] + put + raw[at + cut :]
    return raw
