"""Merkle tree of an append-only log: root, inclusion and consistency proofs (RFC 6962).

Leaf: SHA-256(0x00 || entry). Node: SHA-256(0x01 || left || right). A tree of n leaves splits at the
greatest power of two below n. `Frontier` keeps the roots of the full subtrees, so an append costs
O(log n) and its root equals the recursive definition.
Source: RFC 6962 sections 2.1, 2.1.1, 2.1.2; security.md 4.10.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

RangeRoot = Callable[[int, int], bytes]
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The greatest power of two below a size of at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, by the recursive definition; O(n)."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    middle = _split(len(leaves))
    return node_hash(root_of(leaves[:middle]), root_of(leaves[middle:]))


@dataclass
class Frontier:
    """The full subtrees of a log, largest first, as (size, root)."""

    subtrees: list[tuple[int, bytes]] = field(default_factory=list)
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = sum(size for size, _ in self.subtrees)

    def append(self, leaf: bytes) -> int:
        """Add one leaf hash and give how many there are; O(log n), two hashes on average."""
        size, root = 1, leaf
        while self.subtrees and self.subtrees[-1][0] == size:
            left_size, left = self.subtrees.pop()
            size, root = left_size + size, node_hash(left, root)
        self.subtrees.append((size, root))
        self.size += 1
        return self.size

    def root(self) -> bytes:
        """The root over all leaves so far; O(log n)."""
        if not self.subtrees:
            return EMPTY_ROOT
        found = self.subtrees[-1][1]
        for _, left in reversed(self.subtrees[:-1]):
            found = node_hash(left, found)
        return found


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of the leaf at `index`, nearest sibling first; IndexError out of range."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"leaf {index} of {len(leaves)}")
    if len(leaves) == 1:
        return []
    middle = _split(len(leaves))
    if index < middle:
        return [*inclusion_proof(leaves[:middle], index), root_of(leaves[middle:])]
    return [*inclusion_proof(leaves[middle:], index - middle), root_of(leaves[:middle])]


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether a proof shows that the leaf stands at `index` in the tree of that size and root."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place % 2 == 1 or place == last:
            found = node_hash(sibling, found)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def inclusion_path(index: int, size: int, root_of_range: RangeRoot) -> list[bytes]:
    """The audit path of a leaf where roots of ranges are kept: `root_of_range(start, count)`."""
    if not 0 <= index < size:
        raise IndexError(f"leaf {index} of {size}")
    path, start = [], 0
    while size > 1:
        middle = _split(size)
        if index < middle:
            path.append(root_of_range(start + middle, size - middle))
            size = middle
        else:
            path.append(root_of_range(start, middle))
            start, index, size = start + middle, index - middle, size - middle
    return path[::-1]


def consistency_proof(leaves: Sequence[bytes], earlier: int) -> list[bytes]:
    """The proof that the first `earlier` leaves are a prefix; ValueError out of range."""
    if not 0 < earlier <= len(leaves):
        raise ValueError(f"{earlier} of {len(leaves)} leaves")
    return _subproof(leaves, earlier, is_whole=True)


def _subproof(leaves: Sequence[bytes], earlier: int, *, is_whole: bool) -> list[bytes]:
    if earlier == len(leaves):
        return [] if is_whole else [root_of(leaves)]
    middle = _split(len(leaves))
    if earlier <= middle:
        found = _subproof(leaves[:middle], earlier, is_whole=is_whole)
        return [*found, root_of(leaves[middle:])]
    found = _subproof(leaves[middle:], earlier - middle, is_whole=False)
    return [*found, root_of(leaves[:middle])]


def verify_consistency(
    earlier: int, earlier_root: bytes, later: int, later_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether a proof shows that the tree of the earlier size is a prefix of the later one."""
    if not 0 < earlier <= later:
        return False
    if earlier == later:
        return not proof and earlier_root == later_root
    path = list(proof)
    if earlier & (earlier - 1) == 0:
        path.insert(0, earlier_root)
    if not path:
        return False
    place, last = earlier - 1, later - 1
    while place % 2 == 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place % 2 == 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old == earlier_root and new == later_root
