"""Chains that lie near each other grouped, against the definition; weights and costs are quarters, exact in any order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simfilter import _core

Hull = tuple[int, int, int, int]
PART, APART = 1.0, (0.25, 0.125)

STRETCHES = st.tuples(st.integers(0, 40), st.integers(1, 8))
CHAINS = st.lists(st.tuples(st.integers(0, 2), STRETCHES, STRETCHES, st.integers(2, 40).map(lambda weight: weight / 4)), max_size=14)


def groups_of(chains: list[tuple[int, Hull, float]], most: int) -> list[int]:
    """The group of each chain; those of one document stand together, the heaviest first."""
    groups: list[list[int]] = []
    answer = []
    for number, (document, hull, weight) in enumerate(chains):
        rank = sum(other == document for other, *_ in chains[:number])
        for name, members in enumerate(groups if rank < most else []):
            hulls = [chains[member][1] for member in members]
            bounds = [min(h[0] for h in hulls), max(h[1] for h in hulls), min(h[2] for h in hulls), max(h[3] for h in hulls)]
            apart = [max(0, hull[at] - bounds[at + 1], bounds[at] - hull[at + 1]) for at in (0, 2)]
            again = any(2 * (min(hull[1], other[1]) - max(hull[0], other[0])) > hull[1] - hull[0] for other in hulls)
            if chains[members[0]][0] == document and not again and weight >= PART + APART[0] * apart[0] + APART[1] * apart[1]:
                members.append(number)
                answer.append(name)
                break
        else:
            groups.append([number])
            answer.append(len(groups) - 1)
    return answer


@given(CHAINS, st.integers(1, 6))
def test_groups(drawn: list[tuple[int, tuple[int, int], tuple[int, int], float]], most: int) -> None:
    chains = sorted(((document, (q, q + m, s, s + n), weight) for document, (q, m), (s, n), weight in drawn),
                    key=lambda chain: (chain[0], -chain[2]))
    documents = np.array([document for document, *_ in chains], np.uint64)
    hulls = np.array([hull for _, hull, _ in chains], np.uint64).reshape(-1, 4)
    weights = np.array([weight for *_, weight in chains], np.float64)
    found = np.empty(len(chains), np.uint32)
    count = _core.chain_group(documents, hulls, weights, PART, *APART, most, found)
    assert found.tolist() == groups_of(chains, most)
    assert count == len(set(found.tolist()))
