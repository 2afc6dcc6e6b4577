"""The tree of the audit log against its definition, the known answers, and changed bytes."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.methods.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_path,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

ABC = [leaf_hash(text) for text in (b"a", b"b", b"c")]
LEAVES = [leaf_hash(str(number).encode()) for number in range(600)]


def flipped(value: bytes, bit: int) -> bytes:
    """The value with one bit changed."""
    place = bit % (8 * len(value))
    changed = bytearray(value)
    changed[place // 8] ^= 1 << (place % 8)
    return bytes(changed)


def test_root_of_three_entries_is_the_known_answer() -> None:
    root = root_of(ABC)
    assert base64.b64encode(root) == b"NmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE="
    assert root == node_hash(node_hash(ABC[0], ABC[1]), ABC[2])


def test_proofs_of_three_entries_are_the_known_answers() -> None:
    assert [node.hex() for node in inclusion_proof(ABC, 2)] == [
        "b137985ff484fb600db93107c77b0365c80d78f5b429ded0fd97361d077999eb"
    ]
    assert [node.hex() for node in consistency_proof(ABC, 2)] == [
        "597fcb31282d34654c200d3418fca5705c648ebf326ec73d8ddef11841f876d8"
    ]


def test_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert root_of([]) == Frontier().root() == EMPTY_ROOT
    assert EMPTY_ROOT.hex().startswith("e3b0c44298fc1c14")


def test_growing_root_is_the_defined_root_for_every_size_to_600() -> None:
    frontier = Frontier()
    for size in range(601):
        assert (frontier.size, frontier.root()) == (size, root_of(LEAVES[:size]))
        if size < 600:
            assert frontier.append(LEAVES[size]) == size + 1


def test_a_frontier_that_was_kept_goes_on_as_if_it_never_stopped() -> None:
    frontier = Frontier()
    for leaf in LEAVES[:333]:
        frontier.append(leaf)
    later = Frontier(list(frontier.subtrees))
    for leaf in LEAVES[333:]:
        later.append(leaf)
    assert (later.size, later.root()) == (600, root_of(LEAVES))


def test_every_inclusion_proof_of_small_trees_verifies() -> None:
    for size in range(1, 66):
        root = root_of(LEAVES[:size])
        for index in range(size):
            proof = inclusion_proof(LEAVES[:size], index)
            assert verify_inclusion(LEAVES[index], index, size, proof, root), (index, size)


def test_every_consistency_proof_of_small_trees_verifies() -> None:
    for size in range(1, 66):
        root = root_of(LEAVES[:size])
        for earlier in range(1, size + 1):
            proof = consistency_proof(LEAVES[:size], earlier)
            before = root_of(LEAVES[:earlier])
            assert verify_consistency(earlier, before, size, root, proof), (earlier, size)


@dataclass(frozen=True)
class Case:
    """A size, a place in it, and a bit to change."""

    size: int
    place: int
    bit: int


@st.composite
def cases(draw: st.DrawFn) -> Case:
    size = draw(st.integers(1, 600))
    return Case(size, draw(st.integers(0, size - 1)), draw(st.integers(0, 255)))


@settings(max_examples=150, deadline=None)
@given(cases())
def test_inclusion_holds_and_any_changed_bit_breaks_it(case: Case) -> None:
    leaves, index, size = LEAVES[: case.size], case.place, case.size
    root, proof = root_of(leaves), inclusion_proof(leaves, index)
    assert verify_inclusion(leaves[index], index, size, proof, root)
    assert not verify_inclusion(flipped(leaves[index], case.bit), index, size, proof, root)
    assert not verify_inclusion(leaves[index], index, size, proof, flipped(root, case.bit))
    for number, node in enumerate(proof):
        wrong = [*proof[:number], flipped(node, case.bit), *proof[number + 1 :]]
        assert not verify_inclusion(leaves[index], index, size, wrong, root)
    assert not verify_inclusion(leaves[index], index, size, [*proof, root], root)
    assert not proof or not verify_inclusion(leaves[index], index, size, proof[:-1], root)
    assert not verify_inclusion(leaves[index], size, size, proof, root)


@settings(max_examples=150, deadline=None)
@given(cases())
def test_consistency_holds_and_any_changed_bit_breaks_it(case: Case) -> None:
    leaves, earlier, size = LEAVES[: case.size], case.place + 1, case.size
    old, new, proof = root_of(leaves[:earlier]), root_of(leaves), consistency_proof(leaves, earlier)
    assert verify_consistency(earlier, old, size, new, proof)
    assert not verify_consistency(earlier, flipped(old, case.bit), size, new, proof)
    assert not verify_consistency(earlier, old, size, flipped(new, case.bit), proof)
    for number, node in enumerate(proof):
        wrong = [*proof[:number], flipped(node, case.bit), *proof[number + 1 :]]
        assert not verify_consistency(earlier, old, size, new, wrong)
    assert not verify_consistency(earlier, old, size, new, [*proof, new])


@settings(max_examples=100, deadline=None)
@given(cases())
def test_path_from_kept_roots_is_the_proof(case: Case) -> None:
    leaves = LEAVES[: case.size]

    def root(start: int, count: int) -> bytes:
        return root_of(leaves[start : start + count])

    assert inclusion_path(case.place, case.size, root) == inclusion_proof(leaves, case.place)
