"""What a file defines: the declaration and not its annotation, at the line of its name, in every language that has a grammar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.repos.components import scripts
from storage.repos.grammar import has_symbols, language_of
from storage.repos.symbols import symbols

ANNOTATED = {
    "java": (
        '@Service\n@Profile("live")\npublic class Till {\n  @Override // as it was\n  @Transactional(readOnly = true)\n'
        "  public int total(int a) { return 1; }\n}\n",
        [(3, "Till", "public class Till"), (6, "Till.total", "public int total(int a)")],
    ),
    "kotlin": (
        '@RestController\n@RequestMapping("/x")\nclass Till(val log: Log) : Base() {\n    @GetMapping("/y")\n'
        "    fun total(a: Int): Int = 1\n}\n",
        [
            (3, "Till", "class Till(val log: Log) : Base()"), (3, "Till.log", "val log: Log"),
            (5, "Till.total", "fun total(a: Int): Int = 1"),
        ],
    ),
    "c#": (
        '[ApiController]\n[Route("x")]\npublic class Till : Base\n{\n#if LIVE\n    [HttpGet]\n#endif\n'
        "    public async Task<int> Total(int a) { return 1; }\n}\n",
        [(3, "Till", "public class Till : Base"), (8, "Till.Total", "public async Task<int> Total(int a)")],
    ),
    "php": (
        "<?php\n#[Route('/x')]\nfinal class Till {\n    #[Get]\n    public function total(int $a): int { return 1; }\n}\n",
        [(3, "Till", "final class Till"), (5, "Till.total", "public function total(int $a): int")],
    ),
    "python": (
        "@dataclass\nclass Till:\n    @property\n    def total(self) -> int:\n        return 1\n",
        [(2, "Till", "class Till"), (4, "Till.total", "def total(self) -> int")],
    ),
    "typescript": (
        "@Injectable()\nexport class Till {\n  @Get(':id')\n  total(@Param() id: string): number { return 1; }\n}\n",
        [(2, "Till", "class Till"), (4, "Till.total", "total(@Param() id: string): number")],
    ),
    "rust": (
        "#[derive(Debug)]\npub struct Till {\n    a: u8,\n}\n\n#[tokio::test]\nasync fn total() {}\n",
        [(2, "Till", "pub struct Till"), (7, "total", "async fn total()")],
    ),
    "swift": (
        "@MainActor\npublic final class Till: Base {\n    @objc\n    func total(a: Int) -> Int { 1 }\n}\n",
        [(2, "Till", "public final class Till: Base"), (4, "Till.total", "func total(a: Int) -> Int")],
    ),
    "zig": (
        "/// Doc\npub const Till = struct {\n    a: u8,\n    const none = 0;\n    pub fn total(a: u8) u8 { return a; }\n};\n"
        "const Kind = enum { a };\n",
        [
            (2, "Till", "pub const Till = struct"), (4, "Till.none", "const none = 0;"), (5, "Till.total", "pub fn total(a: u8) u8"),
            (7, "Kind", "const Kind = enum"),
        ],
    ),
    "scala": (
        '@deprecated("x")\nclass Till(x: Int) extends Base {\n  @inline\n  def total(a: Int): Int = 1\n}\n',
        [(2, "Till", "class Till(x: Int) extends Base"), (4, "Till.total", "def total(a: Int): Int = 1")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", sorted(ANNOTATED))
def test_a_signature_is_the_declaration_at_its_own_line(language: str) -> None:
    source, expected = ANNOTATED[language]

    found = symbols(source.encode(), language)

    assert [(one.line, one.qualified, one.signature) for one in found] == expected
    assert all(one.start <= one.line <= one.end for one in found)


RUBY = """\
class Shop::Order < ApplicationRecord
  scope :open, -> { where(open: true) }
  belongs_to :customer, optional: true
  has_many :items,
           dependent: :destroy
  attr_reader :a, :b
  enum status: { x: 1 }
  define_method(:dyn) { 1 }
  delegate :mail, to: :customer
  alias_method :sum, :total
  def self.total; end
  def [](key); end
  concerning :Paying do
    def pay; end
  end
  LIMIT = 1
end
"""


def test_what_ruby_defines_by_calling_is_a_definition() -> None:
    found = {(one.line, one.kind, one.qualified) for one in symbols(RUBY.encode(), "ruby")}

    assert found == {
        (1, "class", "Shop.Order"), (2, "scope", "Shop.Order.open"), (3, "association", "Shop.Order.customer"),
        (4, "association", "Shop.Order.items"), (6, "attribute", "Shop.Order.a"), (6, "attribute", "Shop.Order.b"),
        (7, "attribute", "Shop.Order.status"), (8, "method", "Shop.Order.dyn"), (9, "attribute", "Shop.Order.mail"),
        (10, "method", "Shop.Order.sum"), (11, "method", "Shop.Order.total"), (12, "method", "Shop.Order.[]"),
        (13, "module", "Shop.Order.Paying"), (14, "method", "Shop.Order.Paying.pay"), (16, "constant", "Shop.Order.LIMIT"),
    }  # fmt: skip


OTHERS = {
    "elixir": (
        "defmodule Shop.Cart do\n  @type t :: map\n  def total(cart) when is_map(cart), do: 1\n  defp help do\n    2\n  end\n"
        "  defmacro m(x), do: x\nend\ndefimpl Size, for: List do\nend\n",
        ["Shop.Cart", "Shop.Cart.t", "Shop.Cart.total", "Shop.Cart.help", "Shop.Cart.m", "Size"],
    ),
    "shell": ("total() {\n  echo\n}\nfunction help { :; }\nexport LIMIT=2\n", ["total", "help", "LIMIT"]),
    "terraform": (
        'resource "aws_vpc" "main" {\n  cidr = "1"\n}\ndata "aws_ami" "base" {}\nvariable "region" {}\nmodule "eks" {}\n'
        'locals {\n  size = 1\n}\noutput "id" {}\n',
        ["aws_vpc.main", "data.aws_ami.base", "var.region", "module.eks", "local.size", "output.id"],
    ),
    "protobuf": (
        'syntax = "proto3";\nmessage Order {\n  // message Old {}\n  string id = 1;\n  enum Status {\n    OPEN = 0;\n  }\n}\n'
        "service Till {\n  rpc Pay (Order) returns (stream Order) {}\n  rpc Get(Order) returns (Order);\n}\n",
        ["Order", "Order.Status", "Order.Status.OPEN", "Till", "Till.Pay", "Till.Get"],
    ),
    "lua": ("local M = {}\nfunction M.total(a) end\nfunction M:help() end\nM.x = function() end\n", ["M", "M.total", "M.help", "M.x"]),
    "go": (
        "package a\n\nvar (\n\tx = 1\n)\n\ntype Store interface {\n\tGet(id int) error\n}\n\n"
        "func (s *Map[K, V]) Pop() {}\n\nfunc (Map[_, V]) Len() int { return 0 }\n\nfunc (m Plain) End() {}\n",
        ["x", "Store", "Store.Get", "Map.Pop", "Map.Len", "Plain.End"],
    ),
    "c++": (
        "int A::B::h() {}\ntemplate<class T> void Foo<T>::go() {}\nA& A::operator+=(int x) {}\n",
        ["A.B.h", "Foo.go", "A.operator+="],
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", sorted(OTHERS))
def test_definitions_are_named_as_people_ask_for_them(language: str) -> None:
    source, expected = OTHERS[language]

    assert [one.qualified for one in symbols(source.encode(), language)] == expected


VUE = """\
<template>
  <div @click="save">{{ total }}</div>
</template>

<script setup lang="ts" generic="T extends Record<string, number>">
const total = ref<number>(1)
function save(a: T): void {}
</script>

<script>
export default { methods: { old() {} } }
</script>
<script type="application/ld+json">{"function": "no() {}"}</script>
<style>.a { color: red }</style>
"""


def test_the_scripts_of_a_component_are_read_where_they_stand() -> None:
    found = [(one.line, one.kind, one.name) for one in symbols(VUE.encode(), "vue")]

    assert found == [(6, "constant", "total"), (7, "function", "save"), (11, "method", "old")]
    svelte = "<script>\n  export let name;\n  function go() {}\n</script>\n<h1>{name}</h1>\n"
    assert [(one.line, one.name) for one in symbols(svelte.encode(), "svelte")] == [(2, "name"), (3, "go")]
    astro = "---\nconst title = 'x';\n---\n<h1>{title}</h1>\n"
    assert [(one.line, one.name) for one in symbols(astro.encode(), "astro")] == [(2, "title")]


@given(
    st.lists(
        st.sampled_from(["<script>", "<script lang='ts'>", "</script>", "\n", "let ä = 1;", "'", '"', "<p>", "---\n"])
    )
)
def test_a_components_scripts_keep_their_place(pieces: list[str]) -> None:
    source = "".join(pieces).encode()

    for language in ("vue", "svelte", "astro"):
        left, _ = scripts(source, language)
        assert len(left) == len(source)
        assert all(mine in (theirs, ord(" ")) for mine, theirs in zip(left, source, strict=True))
        assert left.count(b"\n") == source.count(b"\n")


@pytest.mark.parametrize(
    ("path", "language", "known"),
    [("main.tf", "terraform", True), ("a.vue", "vue", True), ("lib/a.ex", "elixir", True), ("bin/a.bash", "shell", True),
     ("a.proto", "protobuf", True), ("lib/a.dart", "dart", False), ("a.graphql", "graphql", False)],
)  # fmt: skip
def test_which_languages_have_symbols(path: str, language: str, known: bool) -> None:
    assert (language_of(path), has_symbols(language)) == (language, known)
