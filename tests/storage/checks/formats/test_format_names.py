"""Names in Terraform, nginx, Rust and commands: what there is not is told at its line, what there is, or may be elsewhere, is no
finding.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.capabilities.checks.verdicts import Block
from storage.checks.formats.child import verdict

LISTED = """variable "names" {
  type = list(string)
}
resource "terraform_data" "a" {
  for_each = var.names
}
"""
KEYS = """package a

import (
\t"maps"
\t"sort"
)

func f(m map[string]int, all []string) []string {
\tkeys := maps.Keys(m)
\tsort.Strings(keys)
\tsort.Strings(all)
\treturn all
}
"""
MODULE = 'variable "region" {\n  type = string\n}\nlocals {\n  a = upper(var.region)\n}\n'
OWN_ENUM = """enum E { A, B(u8), C }
async fn go() -> Result<u8, ()> { Ok(1) }
fn a(e: &E) -> u8 { match e { E::A | &E::B(_) => 1, E::C => 2, } }
async fn b() -> Result<u8, ()> { Ok(go().await?) }
"""
WRONG = [
    ("hcl", MODULE.replace("(var.region)", "(var.regions)"), 5, "`region`"),
    ("tf", MODULE.replace("upper", "head"), 5, "no function `head`"),
    ("tf", MODULE.replace("upper(", "replace("), 5, "takes 3 arguments"),
    ("terraform", MODULE.replace("  type =", "  required = true\n  type ="), 2, "no argument `required`"),
    ("terraform", MODULE.replace("= string", "= strng"), 2, "no type `strng`"),
    ("terraform", MODULE + MODULE, 7, "declared twice"),
    ("terraform", 'variable "env" {}\noutput "a" {\n  value = var.environment\n}\n', 3, "did you mean `env`"),
    ("bash", "kubectl drain a --ignore-daemonsets --delete-local-data\n", 1, "no option `--delete-local-data`"),
    ("bash", "kubectl delete pods --all --forced\n", 1, "no option `--forced`"),
    ("rust", OWN_ENUM.replace("E::C => 2, ", ""), 3, "leaves out `E::C`"),
    ("rust", OWN_ENUM.replace("go().await?", "go()?"), 4, "`go` is `async`"),
    ("yaml", "lint:\n  stage: test\n  image: a\n  scripts:\n    - b\n", 4, "did you mean `script`"),
    ("terraform", 'output "a" {\n  description = "b"\n}\n', 1, "needs `value`"),
    ("terraform", 'resource "a_b" "c" {\n  d = each.key\n}\n', 2, "for_each"),
    (
        "terraform",
        'resource "a_b" "image" {}\noutput "c" {\n  value = a_b.app_image.id\n}\n',
        3,
        "did you mean `image`",
    ),
    ("nginx", "server {\n  cache_expires 7d;\n}\n", 2, "no directive `cache_expires`"),
    ("nginx", "server {\n  proxy_pass http://a;\n  location / {}\n}\n", 2, "does not stand in `server`"),
    ("nginx", "server {\n  root /a /b;\n}\n", 2, "takes 1 word"),
    ("nginx", "server {\n  listen 80800;\n}\n", 2, "no port"),
    ("nginx", "server {\n  listen 443 sll;\n}\n", 2, "no parameter `sll`"),
    ("nginx", "location / {\n  limit_req zone=a burst=5 no_delay;\n}\n", 2, "did you mean `nodelay`"),
    ("hcl", LISTED, 5, "toset(var.names)"),
    ("hcl", LISTED.replace("for_each", "count"), 5, "length(var.names)"),
    ("hcl", LISTED.replace("list(string)", "set(object({a = string}))"), 5, "is a set"),
    ("go", KEYS, 9, "(line 10)"),
    ("go", KEYS.replace("sort.Strings(keys)", "_ = len(keys)"), 9, "`len` takes none"),
    ("go", KEYS.replace("sort.Strings(keys)", "for i, k := range keys { _, _ = i, k }"), 9, "a loop takes two"),
    ("go", KEYS.replace("sort.Strings(keys)", "_ = keys[0]"), 9, "it is indexed"),
    ("go", KEYS.replace("sort.Strings(keys)", "all = append(all, keys...)"), 9, "`...` takes none"),
    (
        "go",
        KEYS.replace("sort.Strings(keys)", "_ = keys").replace("return all", "return maps.Keys(m)"),
        12,
        "the function gives a slice",
    ),
    ("nginx", "server {\n  ssl_verify_client maybe;\n}\n", 2, "optional"),
    ("nginx", "http {\n  server { return 200 $client_ip; }\n}\n", 2, "nothing defines `$client_ip`"),
]
MAP = "use std::collections::HashMap;\n\nfn f(a: &mut HashMap<String, u32>) -> u32 {\n    *a.entry(String::new()).or_default() + 1\n}\n"
WRONG += [
    ("rust", "use std::collections::OrderedMap;\n", 1, "`std::collections` has no `OrderedMap`"),
    ("rust", "use std::{fs, io::{self, Raed}};\n", 1, "did you mean `Read`"),
    ("rust", "fn f() {\n    std::env::variable(1);\n}\n", 2, "`std::env` has no"),
    ("rust", MAP.replace("or_default", "or_nothing"), 4, "has a method `or_nothing`"),
    ("rust", MAP.replace("String::new()", "String::empty()"), 4, "`std::string::String` has no `empty`"),
    ("rust", MAP.replace("+ 1", "+ jitter"), 4, "`jitter` is defined nowhere"),
]
SCRIPT = "#!/bin/bash\nset -eu\n"
WRONG += [
    ("bash", "tar --create --omit='*.log' a\n", 1, "no option `--omit`"),
    ("bash", 'n=$(psql --query="SELECT count(*) FROM a")\n', 1, "no option `--query`"),
    ("bash", 'echo "$(git comit -m x)"\n', 1, "commit"),
    ("bash", "find . -type f -older 7 -delete\n", 1, "no option `-older`"),
    ("bash", "find . -type q\n", 1, "`-type`"),
    ("bash", "kubectl get pods -o jsn\n", 1, "did you mean `json`"),
    ("bash", "kubectl get pods -X\n", 1, "no option `-X`"),
    ("bash", "docker run --restart=allways a\n", 1, "did you mean `always`"),
    ("bash", "curl --max-time soon http://a\n", 1, "takes a number"),
    ("bash", "pg_dump -Fx shop\n", 1, "`-F`"),
    ("bash", "psql -p 99999 shop\n", 1, "takes a port"),
    ("bash", "terraform apply -auto-aprove\n", 1, "`-auto-approve`"),
    ("bash", "go test -timeout soon ./...\n", 1, "span of time"),
    ("bash", SCRIPT + "a = b\n", 3, "spaces"),
    ("bash", SCRIPT + 'f() {\n  a=$(cat "$1"\n  echo $a\n}\n', 4, "command expansion"),
    ("bash", SCRIPT + "if true; then\n  a\nelse if false; then\n  b\nfi\n", 5, "`elif`"),
]
RIGHT = [
    ("nginx", "server {\n  listen [::]:443 ssl backlog=9 so_keepalive=30m::10;\n}\n"),
    ("nginx", "location / {\n  limit_req zone=$a burst=5 nodelay;\n  open_file_cache off;\n}\n"),
    ("hcl", LISTED.replace("list(string)", "set(string)")),
    ("hcl", LISTED.replace("= var.names", "= toset(var.names)")),
    ("hcl", LISTED.replace("  for_each = var.names", '  dynamic "b" {\n    for_each = var.names\n    content {}\n  }')),
    ("go", KEYS.replace("maps.Keys(m)", "slices.Sorted(maps.Keys(m))").replace('"maps"', '"maps"\n\t"slices"')),
    ("go", KEYS.replace("sort.Strings(keys)", "for k := range keys { sort.Strings([]string{k}) }")),
    ("rust", OWN_ENUM),
    ("rust", OWN_ENUM.replace("E::C =>", "_ =>")),
    ("rust", OWN_ENUM.replace("E::C =>", "other =>")),
    ("rust", OWN_ENUM.replace("E::C => 2, ", "").replace("C }", "#[cfg(test)] C }")),
    ("rust", OWN_ENUM.replace("go().await?", "go()?").replace("async fn go", "#[made::sync]\nasync fn go")),
    ("bash", "kubectl drain a --ignore-daemonsets --delete-emptydir-data --grace-period 60 --force\n"),
    (
        "bash",
        "find . -name '*.py' -exec grep --nothing {} + ; go run . --anything 1; curl -sSLo a http://b; tail -n +2 a; tail -20 a\n",
    ),
    (
        "bash",
        'kubectl get pods -o jsonpath="{.items[0]}" -A; tar xzf a; git commit -am "x"; psql -U a -Atc "select 1"; npm run x --y\n',
    ),
    ("terraform", MODULE),
    (
        "terraform",
        'resource "a_b" "c" {\n  for_each = var.all\n  d = each.key\n  dynamic "e" {\n    content { f = e.value }\n  }\n}\n',
    ),
    ("terraform", "locals {\n  a = [for a_b in var.c : a_b.d if can(a_b.e)]\n  f = provider::g::h(1)\n}\n"),
    ("hcl", 'job "a" {\n  group "b" {}\n}\n'),
    ("nginx", "server {\n  more_set_headers a;\n  return 200 $my_own;\n}\n"),
]


@pytest.mark.parametrize(("language", "code", "line", "word"), WRONG)
def test_what_there_is_not_is_told_at_its_line(language: str, code: str, line: int, word: str) -> None:
    found = verdict(Block(language, code), None).findings

    assert [one.line for one in found][:1] == [line], found
    assert word in found[0].message


@pytest.mark.parametrize(("language", "code"), RIGHT)
def test_what_there_is_has_no_findings(language: str, code: str) -> None:
    assert verdict(Block(language, code), None).findings == ()


def test_terraform_names_are_those_of_the_folder_and_of_the_answer(tmp_path: Path) -> None:
    (tmp_path / "variables.tf").write_text('variable "region" {}\n')
    block = Block("tf", "locals {\n  a = var.region\n  b = var.zone\n}\n", path="main.tf")

    alone = verdict(block, tmp_path).findings
    together = verdict(block, tmp_path, [block, Block("tf", 'variable "zone" {}\n')]).findings

    assert [one.message for one in alone] == ["no variable `zone` is declared in this module"]
    assert together == ()


@pytest.mark.parametrize(
    ("path", "name", "said"),
    [
        (None, "main", ["no `aws_vpc.main` is declared in this module"]),
        (None, "mesh", []),
        ("net/main.tf", "main", ["no `aws_vpc.main` is declared in this module"]),
        ("net/main.tf", "mesh", []),
        ("new/main.tf", "main", []),
    ],
)
def test_a_part_of_terraform_is_held_against_the_folder_that_it_belongs_to(
    tmp_path: Path, path: str | None, name: str, said: list[str]
) -> None:
    for folder in ("net", "other"):
        (tmp_path / folder).mkdir()
    (tmp_path / "net/main.tf").write_text('resource "aws_vpc" "mesh" {}\nresource "aws_eip" "a" {}\n')
    (tmp_path / "other/main.tf").write_text('resource "aws_vpc" "main" {}\n')
    code = f'resource "aws_a" "b" {{\n  c = aws_eip.a.id\n  d = aws_vpc.{name}.id\n}}\n'
    code += "moved {\n  from = aws_vpc.old\n  to = aws_vpc.mesh\n}\nremoved {\n  from = aws_eip.old\n}\n"
    if path is None:
        (tmp_path / "other/main.tf").write_text("")

    assert [one.message for one in verdict(Block("tf", code, path=path), tmp_path).findings] == said


STRUCT = """\
pub struct Store { inner: Vec<u8>, size: usize }
impl Store {
    pub fn size(&self) -> usize { self.%s + self.inner.len() + self.size() }
    fn walk(&self) { struct In; impl In { fn go(&self) -> u8 { self.0 } } }
}
"""


@pytest.mark.parametrize(("field", "before", "lines"), [("size", "", []), ("siez", "", [3]), ("siez", "#[made]\n", [])])
def test_a_field_of_self_is_one_of_the_struct_that_the_block_shows(field: str, before: str, lines: list[int]) -> None:
    said = verdict(Block("rust", before + STRUCT % field), None)

    assert [one.line for one in said.findings] == lines, said
