"""Whether what the compiler says of a line is believed: faults about what exists, what it takes and what is waited for, not about
types.

What the compiler cannot know is held back: objects that teams add to, values that were left out, globals that share a name with
something of the reader's own.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.scripts.blocks import chains
from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import root_of, text_of
from storage.checks.scripts.blocks.reading import origin
from storage.checks.scripts.blocks.statements import CALLED, MARKER, MARKERS, TRUTH, VALUE
from storage.checks.scripts.findings import (
    added,
    believed,
    misfits,
    mismatches,
    node_globals,
    open_types,
    promises,
    since,
    supabase,
    wording,
)
from storage.checks.scripts.findings.misfits import guess_in
from storage.checks.scripts.findings.sight import Sight
from storage.checks.scripts.team import javascript, known
from storage.checks.servers import Diagnostic

OF_VALUES = frozenset({"2345", "2322", "2769", "2739", "2740", "2741", "2820", "2559", "2353", "2561"})
COMMENTS = ("comment", "html_comment")
"""Types in them are of documentation."""
HANGING = r"\b(?:req(?:uest)?|ctx|context|c|socket|client|res(?:ponse)?|reply|session|state|locals|this)[?!]?\.(?:\w+[?!]?\.)*{}\b"
"""Where frameworks put a thing of this name."""
NOT_SELECTED = re.compile(supabase.SAID + r"\"(.*?)\">")
LACKING = re.compile(r"Property '(.+?)' (?:does|may) not exist (?:on|in) type '(.*?)'(?:\.(?: |$)|$)")
ONE_OF_SEVERAL = re.compile(r"\n\s*Property '[^']+' does not exist on type '")
"""The type is a union by a name of its own, and one of its members lacks it: JavaScript cannot say which one it has."""


@dataclass(slots=True)
class Judge(Sight):
    """What is believed."""

    def finding(self, one: Diagnostic) -> Finding | None:
        """With the document's line, from 0; None for what is not believed."""
        kind = wording.KINDS.get(one.code)
        if (
            kind is None
            or one.code in wording.EXPORTS
            or "lumblineExcerpt" in one.message
            or any(each in one.message for each in MARKERS)
        ):
            return None
        node = self._node(one.line, one.start)
        if text_of(node) == CALLED and one.code == "2554":
            return (
                Finding(one.line, "attribute", said, *self._owner(node)) if (said := mismatches.named(node)) else None
            )
        if MARKER in text_of(node) or text_of(node) in (VALUE, TRUTH):
            found = promises.at_marker(one, node, self.tree)
            return Finding(found[0], "await", found[1], *self._owner(found[2])) if found else None
        if node is None or node.type in COMMENTS or (kind == "argument" and self._is_open(node)):
            return None
        if (
            kind == "attribute"
            and text_of(root_of(node.parent if node.type == "property_identifier" else node)) in self.unsure
        ):
            return None
        if not_selected := NOT_SELECTED.search(one.message):
            return Finding(one.line, "attribute", re.sub("[`']", "", not_selected[1]).rstrip("."), *self._owner(node))
        if self.snippet.is_typed and (said := mismatches.wrong(one, node)):
            return Finding(one.line, "argument", said, *self._owner(node))
        message = self._believed(one, node, kind)
        if not message and (said := self._unfit(one, node)):
            return Finding(one.line, "argument", said, *self._owner(node))
        if not message:
            return None
        if one.code == "7053" or wording.is_of_promise(one.code, one.message, one.related):
            line, said, of = promises.of_value(one, node, self.tree.root_node)
            return Finding(line, "await", said, *self._owner(of))
        return Finding(one.line, kind, message, *self._owner(node))

    def _misplaced(self, one: Diagnostic, node: Node) -> str:
        """Of JavaScript: a function, a pattern or a plain value where what is no code of the team's wants another kind of thing."""
        value = misfits.argument(node)
        called = chains.called_in(value.parent) if value is not None else None
        if value is None or called is None or text_of(root_of(called)) in self.own_names:
            return ""
        word = text_of(part(called, "property") or called)
        if word in self.snippet.defined or word in self.members():
            return ""
        return believed.unfit(one, node, self.snippet.text) if believed.is_another_kind(one, value) else ""

    def _unfit(self, one: Diagnostic, node: Node) -> str:
        if said := believed.compared(one, self.is_own, is_typed=self.snippet.is_typed):
            return said
        if not self.snippet.is_typed:
            return ""
        wanted = wording.quoted(one.message)
        if one.code in believed.OF_CLASSES and (self.snippet.is_excerpt or self.snippet.open_lines):
            return ""
        if any(self._is_another(each) or self.is_lost(wording.bare(each)) for each in wanted) or wording.is_of_promise(
            one.code, one.message, one.related
        ):
            return ""
        return believed.unfit(one, node, self.snippet.text)

    def doubt(self, said: Iterable[Diagnostic]) -> None:
        """What later lines do with the outcome of a call that fits no form is no fault of theirs: this compiler, newer than the team's,
        may read old declarations otherwise; nor is what they do with that of a function of which one of several forms was taken."""
        said = list(said)
        self.unknown = frozenset(
            name for one in said if one.code in wording.NAMES for name in wording.quoted(one.message)
        )
        nodes = [self._node(one.line, one.start) for one in said if one.code == "2769"]
        self.unsure = frozenset(name for node in nodes if node is not None for name in misfits.made_of(node))
        self.unsure |= promises.of_any_form(self.tree.root_node, self.package)
        if not self.snippet.is_typed:
            self.unsure |= javascript.taken_for_another(
                node for one in said if one.code in ("2339", "2551") and (node := self._node(one.line, one.start))
            )

    def is_comment(self, one: Diagnostic) -> bool:
        node = self._node(one.line, one.start)
        return node is not None and node.type in COMMENTS

    # --- what is believed ---------------------------------------------------------------------------------------------

    def _believed(self, one: Diagnostic, node: Node, kind: str) -> str:
        """The sentence; "" for what is not believed."""
        if one.code in ("2339", "2551", "2550", "2576"):
            return self._property(one, node)
        if one.code in OF_VALUES and wording.is_of_promise(one.code, one.message, one.related):
            return wording.spoken(one.message)
        is_option = one.code in ("2353", "2561") and self._is_global(node)
        if one.code in OF_VALUES and not self.snippet.is_typed and not self._owner(node)[0] and not is_option:
            return self._misplaced(one, node)  # JavaScript's own functions and objects take what they are given
        if one.code in ("2345", "2322", "2769", "2739", "2740", "2741", "2820", "2559"):
            said = misfits.misfit(
                one, node, self._is_known(node), self.snippet.text,
                is_typed=self.snippet.is_typed, is_told=bool(self._owner(node)[0]),
            )  # fmt: skip
            return said or ("" if self.snippet.is_typed else self._misplaced(one, node))
        if one.code in ("2353", "2561"):
            found = re.search(r"does not exist in type '([^']*)'", one.message)
            if found and self._is_another(found[1]):
                return ""
            return misfits.option(one.message, node, self._is_known(node))
        if one.code == "7053":
            return one.message if wording.QUERY.search(one.message) else ""
        if one.code in wording.ONLY_OF_PROMISES:
            return wording.spoken(one.message) if wording.is_of_promise(one.code, one.message, one.related) else ""
        if one.code == "2348":
            built = re.search(r"'typeof (\w+)'", one.message)
            name = built[1] if built else ""
            is_class = bool(name) and (f"class {name} " in self.snippet.text or self._root(node) in self.own_names)
            is_built = f"'{text_of(node)}Constructor'" in one.message or "'{ new (" in one.message
            is_class = is_class or (self._is_global(node) and is_built) or self._is_only_built(node, name)
            return wording.spoken(one.message) if self.snippet.is_typed or is_class else ""
        if one.code in ("2554", "2555"):
            called = misfits.counted(one, node) or node
            word = part(called, "property") or called
            is_told = bool(self._owner(called)[0]) or self._is_global(called)
            if not (self.snippet.is_typed or is_told or javascript.is_declared(word)):
                return ""  # a function of JavaScript's own takes what it is given
            if one.code == "2554" and self.is_lost(chains.built(called)):
                return ""  # by the constructor of its base
            return misfits.count(one, called, is_typed=self.snippet.is_typed, is_told=is_told)
        if one.code in wording.AS_TYPES or one.code in wording.CLOSED:
            is_whole = self.snippet.is_typed and "lumblineExcerpt" not in self.snippet.before
            is_open = one.code == "2540" and (
                text_of(node) == "current" or self._root(node) in {*known.GLOBALS, "process", "globalThis", "global"}
            )
            return wording.spoken(one.message) if is_whole and not is_open else ""
        if one.code in ("2349", "6234"):
            is_plain_value = bool(re.search(r"Type '(?:Number|String|Boolean)' has no call", one.message))
            is_declared = self.snippet.is_typed or bool(self._owner(node)[0]) or javascript.is_declared(node)
            is_declared = (
                is_declared or self._is_global(node) or (is_plain_value and self.is_closed(self._root(node), False))
            )
            return mismatches.not_callable(one.message, is_declared=is_declared)
        if one.code == "2351":
            is_made = not self.snippet.is_typed and self._root(node) in self.declared - self._imported
            is_unclear = is_made or "typeof import" in one.message or "Each member" in one.message
            return "" if is_unclear else wording.spoken(one.message)
        if one.code == "2588":
            return wording.spoken(one.message)
        is_foreign = self._root(node) not in {*self.declared, "this"} or self._owner(node)[0] == "node"
        if one.code == "2773" or (one.code == "2774" and is_foreign):
            return ""
        if one.code in ("2693", "1361"):
            is_imported = not self._imported.isdisjoint(wording.quoted(one.message))
            is_told = self.snippet.is_typed or bool(self._owner(node)[0])
            return wording.spoken(one.message) if is_told and is_imported else ""
        if one.code in ("6385", "6387"):
            return self._deprecated(one, node)
        if one.code in (*believed.OF_CLASSES, "2344") or (one.code == "1479" and not self.snippet.is_typed):
            return ""  # what Node requires of ES modules is looked at by its version
        if one.code == "2694":
            is_open = any(each in one.message for each in ("NodeJS", "Express", "Prisma"))
            return "" if is_open else wording.spoken(one.message)
        return wording.spoken(one.message)

    def _property(self, one: Diagnostic, node: Node) -> str:
        names = wording.quoted(one.message)
        found = LACKING.match(one.message.split("\n")[0])
        if not found:
            return wording.spoken(one.message) if one.code == "2576" and names else ""
        name, kind = found[1], found[2]
        if node_globals.has(name, kind, one.message, self.node):
            return ""
        guess = guess_in(one.message)
        is_near = bool(guess) and difflib.SequenceMatcher(None, name.lower(), guess.lower()).ratio() >= 0.7
        if kind.endswith(("& void", "& never", "& undefined")):
            return ""  # what comes of a call that the compiler could not follow
        is_union = len(believed.members(kind)) > 1
        if (kind.startswith("Promise<") and not is_union) or wording.FORGOTTEN in " ".join(one.related):
            is_set = self._is_set(name, self._root(node))
            return "" if not self.snippet.is_typed and is_set else wording.spoken(one.message)
        is_private = name.startswith("_")  # what nobody declares, and some use all the same
        if not self.snippet.is_typed and (
            is_private
            or kind.lower().startswith("readonly")
            or self._is_loose(name, kind, node)
            or ONE_OF_SEVERAL.search(one.message)
        ):
            return ""
        if is_union and not (self.snippet.is_typed and believed.is_plain(kind)):
            return ""
        if name.startswith("#") or node.parent is None:
            return ""
        target = node.parent
        root = root_of(target)
        if target.type in ("member_expression", "subscript_expression") and not is_near and self._is_set(name):
            return ""
        held = part(target, "object")
        is_inner = held is not None and held.type == "this" and not (self.is_whole and self.snippet.is_typed)
        if is_inner and (not is_near or name == f"_{guess}"):
            self.assumed.append(f"this.{name}")
            return ""
        is_class = kind.startswith("typeof ") and not mismatches.OF_NODE.fullmatch(kind) and not is_near
        is_default = text_of(part(target, "object")) in self.defaults
        is_default = is_default and (is_class or (one.line, one.start) not in self.lacked)
        is_fetched = kind == "Response" and origin(self.tree.root_node, text_of(root)) == "fetch"
        if (
            is_default
            or (not is_fetched and self._is_another(kind))
            or (name.startswith("_") and mismatches.OF_NODE.fullmatch(kind))
        ):
            return ""
        if self.is_lost(re.split(r"[<\[. ]", kind.removeprefix("typeof "))[0]):
            self.assumed.append(f"{kind.removeprefix('typeof ')}.{name}")
            return ""
        where = text_of(root) if root is not None else ""
        is_given = kind == f"{where}Constructor" and (where in self.declared or self.is_put(where))
        if not self.snippet.is_typed and (name == "default" or is_given):
            return ""  # what a translator wrote, or a global name that a package's thing was given
        if where in known.GLOBALS and where not in self.declared:
            self.assumed.append(where)
            return ""
        is_open = open_types.is_open(kind, self._owner(node)[0]) and not self._is_own(kind)
        is_slip = bool(known.slip(name, [guess]))
        may_be_added = is_open and is_near and not is_slip and added.KINDS.fullmatch(kind) and self.may_add(name)
        is_near = is_near and kind not in open_types.NAMELESS and not may_be_added
        if is_open and not (is_near or is_fetched or self._is_missing_method(kind, name, target)):
            self.assumed.append(f"{kind.partition('<')[0]}.{name}" if kind[:1].isupper() else name)
            return ""
        is_of_block = is_near and where in self.snippet.defined - self.own_names
        if not self.snippet.is_typed and not (is_of_block or self._is_closed(kind, where, held)):
            return ""  # functions of JavaScript are given members, too
        said = f"`{misfits.named(wording.kind(kind), target)}` has no `{name}`"
        return (
            said
            + (f"; did you mean `{guess}`?" if is_near else "")
            + (f" ({misfits.library(one.message)})" if one.code == "2550" else "")
        )

    def _is_closed(self, kind: str, where: str, held: Node | None) -> bool:
        """Of JavaScript: the type has a name, or is that of a value of the team's own module, or of a method that is not called."""
        if kind.startswith("{") or (kind.startswith("typeof import(") and where in self.own_names):
            return self.is_closed(where, text_of(held) == where)
        is_method = held is not None and held.type == "member_expression" and where not in self.own_names
        return is_method if kind.startswith("(") else kind != "void"

    def _is_only_built(self, node: Node, name: str) -> bool:
        """A class that a package gives among others: what it gives as a whole, or the team calls without `new`, may allow that."""
        is_whole = re.search(rf"\b(?:import|const|let|var)\s+{re.escape(text_of(node))}\b", self.snippet.text)
        is_member = node.parent is not None and node.parent.type == "member_expression"
        return bool(name and self._owner(node)[0]) and (is_member or not is_whole) and not self.is_called(name)

    def _is_missing_method(self, kind: str, name: str, target: Node) -> bool:
        """A method of a request or a reply is called, or, in TypeScript, anything is asked of it, and nothing of the team's may have
        put it there. Hono's contexts cannot be added to."""
        above = target.parent
        is_called = above is not None and above.type == "call_expression" and part(above, "function") == target
        if not is_called and not self.snippet.is_typed:
            return False
        if kind.startswith("Context<"):
            return any(one.specifier.startswith("hono") for one in self.snippet.imports)
        return bool(added.KINDS.fullmatch(kind)) and not self.may_add(name)

    def _is_own(self, kind: str) -> bool:
        """A type of the team's own file, and no framework's of this name: those hang on requests and contexts."""
        name = re.split(r"[<\[. ]", kind.removeprefix("typeof "))[0]
        is_told = name in self.generated or name in self.snippet.defined - self._imported or self.is_own(name)
        is_told = is_told and name not in open_types.NAMELESS
        return is_told and not re.search(HANGING.format(name), self.snippet.text, re.IGNORECASE)

    def _is_loose(self, name: str, kind: str, node: Node) -> bool:
        """Of JavaScript: it may have been put there since, by its name in a text (`decorate` of hapi and Fastify) or by what a package
        makes of a class, or what was asked for the same just now gives itself back (`dayjs.extend(a).extend(b)`)."""
        packages = [name for one in self.snippet.imports if one.specifier[:1] not in "./" for name in one.bound]
        if javascript.is_put_there(name, kind, self.snippet.text, packages) or javascript.is_asked_again(name, node):
            return True
        root = text_of(root_of(node.parent) if node.parent is not None else None)
        if javascript.is_given_anew(root, self.snippet.text) or javascript.is_text_after_all(
            kind, root, self.snippet.text
        ):
            return True
        return not self._owner(node)[0] and root not in known.GLOBALS and (self._is_set(name) or name in self.members())

    def _is_known(self, node: Node) -> Callable[[str], bool]:
        """Of JavaScript, declarations are not the whole truth: a word that the package knows elsewhere may be right here."""
        return lambda word: not self.snippet.is_typed and self.has_word(self._owner(node)[0], word)

    def _deprecated(self, one: Diagnostic, node: Node) -> str:
        root = self._root(node)
        name = text_of(node if node.type != "type" else node.next_named_sibling)
        if (root in known.GLOBALS or name in known.GLOBALS) and root not in self.declared:
            return ""
        if since.is_of_this_major(one, self.node) or (
            since.has_other_forms(one) and javascript.is_given_anything(node, is_typed=self.snippet.is_typed)
        ):
            return ""
        is_own = root in self.declared and root not in self.own_names and not self._owner(node)[0]
        if is_own and node.type == "identifier":
            return ""  # of the block's own
        return f"`{name}` is deprecated"
