"""Blocks of Terraform's grammar: small questions to their nodes."""

from __future__ import annotations

from tree_sitter import Node

from storage.checks import syntax


def of(body: Node | None, kind: str) -> list[Node]:
    """The attributes, or the blocks, of a body."""
    return [one for one in body.named_children if one.type == kind] if body is not None else []


def body_of(node: Node) -> Node | None:
    """Of a file, or of a block."""
    return next((one for one in node.named_children if one.type == "body"), None)


def word(node: Node) -> str:
    """What a block, or an attribute, begins with."""
    return syntax.text_of(node.named_children[0])


def labels(block: Node) -> list[str]:
    found = [one for one in block.named_children[1:] if one.type in ("string_lit", "identifier")]
    return [syntax.text_of(one).strip('"') for one in found]


def line(node: Node) -> int:
    return int(node.start_point[0]) + 1


def attributes(body: Node | None) -> dict[str, int]:
    return {word(one): line(one) for one in of(body, "attribute")}


def path_after(node: Node) -> list[str]:
    """The attributes that a name is followed by; what stands in brackets between them is passed over."""
    found: list[str] = []
    following = node.next_named_sibling
    while following is not None and following.type in ("get_attr", "index", "splat"):
        inner = [one for one in syntax.walk(following) if one.type == "get_attr"]
        found += [syntax.text_of(one).lstrip(".") for one in inner if following.type != "index"]
        following = following.next_named_sibling
    return found
