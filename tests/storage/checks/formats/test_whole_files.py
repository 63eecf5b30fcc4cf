"""A file that stands whole in a block: names that nothing in it defines, values that its format does not have, at their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.capabilities.checks.verdicts import Block, Verdict
from storage.checks.formats.child import verdict


def looked(language: str, code: str, path: str | None = None, tree: Path | None = None) -> Verdict:
    return verdict(Block(language, code, path=path), tree)


def told(said: Verdict) -> list[tuple[int, str]]:
    return [(one.line, one.message) for one in said.findings]


def holds(said: Verdict, line: int, word: str) -> None:
    assert any(one.line == line and word in one.message for one in said.findings), said


PROTO = 'syntax = "proto3";\npackage shop.v1;\n'


@pytest.mark.parametrize(
    ("code", "line", "word"),
    [
        (PROTO + "message Order {\n  Address to = 1;\n}\n", 4, "Address"),
        (PROTO + "message Order {\n  google.protobuf.Timestamp at = 1;\n}\n", 4, "google/protobuf/timestamp.proto"),
        (
            PROTO + 'import "google/protobuf/timestamp.proto";\nmessage Order {\n  Timestamp at = 1;\n}\n',
            5,
            "google.protobuf.Timestamp",
        ),
        (PROTO + "message Order {\n  google.type.Money sum = 1;\n}\n", 4, "google.type.Money"),
        (PROTO + "message A { message In {} }\nmessage B {\n  In one = 1;\n}\n", 5, "`In`"),
        (PROTO + "message A {\n  reserved 4, 9 to 11;\n  string b = 10;\n}\n", 5, "reserved number 10"),
        (PROTO + 'import "x/y.proto";\nmessage A {\n  reserved "b";\n  x.Y b = 1 [(x.z) = 2];\n}\n', 6, "reserved"),
        (PROTO + "message A {\n  string b = 19001;\n}\n", 4, "19000"),
        (PROTO + "message A {\n  extensions 4 to 6;\n}\n", 4, "proto3"),
        (PROTO + "message A {}\nservice S {\n  rpc Get(A) returns (stream Answer);\n}\n", 5, "Answer"),
        (PROTO + "message A {\n  map<string, Part> parts = 1;\n}\n", 4, "Part"),
    ],
)
def test_what_the_compiler_of_proto_says_of_a_whole_file_is_told_at_its_line(code: str, line: int, word: str) -> None:
    holds(looked("proto", code), line, word)


def test_a_type_is_looked_for_in_the_file_of_the_repository_that_is_imported(tmp_path: Path) -> None:
    (tmp_path / "api" / "shop").mkdir(parents=True)
    (tmp_path / "api/shop/address.proto").write_text(PROTO + "message Address { string city = 1; }\n")
    (tmp_path / "api/shop/all.proto").write_text(PROTO + 'import "shop/address.proto";\n')
    code = PROTO + 'import "shop/address.proto";\nmessage Order {\n  Address to = 1;\n  Addres back = 2;\n}\n'

    holds(looked("proto", code, tree=tmp_path), 6, "`Addres`")
    assert looked("proto", code.replace("Addres ", "Address "), tree=tmp_path).state == "none"


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("message Order {\n  Address to = 1;\n}\n", "partial"),
        (PROTO + 'import "shop/v1/address.proto";\nmessage Order { Address to = 1; }\n', "partial"),
        (PROTO + "message Order { Address to = 1; }\n// the rest stays\n", "partial"),
        (
            PROTO
            + "message A { message In {} In a = 1; v1.A.In b = 2; .shop.v1.A c = 3; A.In d = 4; shop.v1.A e = 5; }\n",
            "none",
        ),
        (
            'syntax = "proto2";\nmessage A { repeated group Part = 1 { optional Part part = 2; } optional Part b = 3; }\n',
            "none",
        ),
        ("\ufeff" + PROTO + "message A {}\n", "none"),
        (PROTO + 'import "google/protobuf/any.proto";\nmessage A { repeated google.protobuf.Any a = 1; }\n', "none"),
    ],
)
def test_types_of_other_files_are_left_alone_and_that_is_said(code: str, state: str) -> None:
    assert looked("proto", code).state == state, looked("proto", code)


SCHEMA = "type Query {\n  user(id: ID!): User\n}\ntype User {\n  id: ID!\n}\n"


@pytest.mark.parametrize(
    ("code", "line", "word"),
    [
        (SCHEMA + "type Post {\n  author: Author\n}\n", 8, "Author"),
        (SCHEMA + "type Post {\n  id: ID! @auth2\n}\n", 8, "auth2"),
        (SCHEMA + "type Post {\n  at: DateTime!\n}\n", 8, "DateTime"),
        (SCHEMA + "interface Node {\n  at: String\n}\ntype Post implements Node {\n  id: ID!\n}\n", 10, "Node"),
        (SCHEMA + "input NewUser {\n  user: User!\n}\n", 8, "Input"),
        (SCHEMA + "input NewUser {\n  name: String\n}\ntype Post {\n  by: NewUser\n}\n", 11, "Output"),
        ("type A {\n  b(by: C): Int\n}\ntype C {\n  d: Elsewhere\n}\n", 2, "Input"),
        ("type A {\n  b: Int\n  b: Int\n}\n", 3, "b"),
        (SCHEMA + "query Q {\n  user(id: 1) {\n    nam\n  }\n}\n", 9, "nam"),
    ],
)
def test_a_schema_is_held_against_the_rules_of_graphql(code: str, line: int, word: str) -> None:
    holds(looked("graphql", code), line, word)


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (SCHEMA, "none"),
        (SCHEMA + "scalar DateTime\ndirective @mine on OBJECT\ntype Post @mine {\n  at: DateTime\n}\n", "none"),
        ("type Query {\n  user: User\n  post: Post\n}\n", "partial"),
        ("extend type Query {\n  user: User\n}\n", "partial"),
        ("type User implements Node {\n  at: DateTime\n}\nunion One = User | Other\n", "partial"),
        (SCHEMA + 'type Post @key(fields: "id") {\n  id: ID!\n  set: _FieldSet\n}\n', "partial"),
        (SCHEMA + "# the rest is as before\ntype Post {\n  a: Author\n}\n", "partial"),
        (SCHEMA + "type Model @model {\n  at: AWSDateTime\n}\n", "partial"),
    ],
)
def test_a_part_of_a_schema_is_left_alone(code: str, state: str) -> None:
    assert looked("graphql", code).state == state, looked("graphql", code)


def test_a_block_of_definitions_stands_with_the_schema_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "schema.graphql").write_text(SCHEMA + "interface Node {\n  id: ID!\n}\n")

    right = looked("graphql", "type Post implements Node {\n  id: ID!\n  by: User\n}\n", tree=tmp_path)
    wrong = looked("graphql", "type Post implements Node {\n  by: User\n}\ninput New {\n  by: User\n}\n", tree=tmp_path)

    assert right.state == "none", right
    assert [one.line for one in wrong.findings] == [1, 5], wrong


PROJECT = '[project]\nname = "shop"\nversion = "1.0"\n'


@pytest.mark.parametrize(
    ("code", "line", "word"),
    [
        (PROJECT + 'python_requires = ">=3.11"\n', 4, "requires-python"),
        (PROJECT + '\n[project.dependencies]\nhttpx = ">=0.27"\n', 5, "array"),
        (PROJECT + 'dependencies = [\n  "httpx>=0.27",\n  "fastapi ^0.110",\n]\n', 6, "fastapi"),
        (PROJECT + 'requires-python = "^3.11"\n', 4, "^3.11"),
        (PROJECT + 'authors = ["Ann <ann@example.org>"]\n', 4, "authors"),
        (PROJECT + 'authors = [\n  {name = "Ann", mail = "ann@example.org"},\n]\n', 5, "mail"),
        (PROJECT + 'scripts = "shop:main"\n', 4, "scripts"),
        (PROJECT + 'dynamic = ["version"]\n', 4, "dynamic"),
        (PROJECT + 'optional-dependencies = {dev = "pytest"}\n', 4, "dev"),
        (PROJECT + '[build-system]\nrequire = ["hatchling"]\n', 5, "requires"),
        ("[a]\nb = 1\n\n[c]\nd = 1\n\n[a]\ne = 2\n", 7, "twice"),
        ("[a]\nb = 1\nb = 2\n", 3, "overwrite"),
    ],
)
def test_a_pyproject_and_tables_that_stand_twice_are_told(code: str, line: int, word: str) -> None:
    holds(looked("toml", code), line, word)


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (
            PROJECT
            + 'requires-python = ">=3.11"\ndependencies = ["httpx[http2]>=0.27; python_version < \'4\'", "a @ file:///a.whl"]\n'
            'readme = "a.md"\nlicense = {text = "MIT"}\nlicense-files = ["LICENSE*"]\nurls.Home = "https://example.org"\n'
            '[project.scripts]\nshop = "shop:main"\n[project.entry-points."a.b"]\nc = "d:e"\n[tool.x]\ny = 1\n'
            '[dependency-groups]\ndev = ["pytest", {include-group = "lint"}]\nlint = []\n',
            "none",
        ),
        (
            '[project]\nname = "a"\nchannels = ["conda-forge"]\nplatforms = ["linux-64"]\n[dependencies]\npython = "3.12"\n',
            "partial",
        ),
        ("# before\n[a]\nb = 1\n\n# after\n[a]\nb = 2\n", "unchecked"),
        ("# Cargo.toml\n[a]\nb = 1\n\n# x/Cargo.toml\n[a]\nb = 2\n", "unchecked"),
    ],
)
def test_a_right_pyproject_and_several_files_are_left_alone(code: str, state: str) -> None:
    assert looked("toml", code).state == state, looked("toml", code)


@pytest.mark.parametrize(
    ("code", "line", "word"),
    [
        (
            '{"compilerOptions": {\n"module": "esnext",\n"moduleResolution": "nodenext"}}',
            2,
            "module: nodenext",
        ),
        (
            '{"compilerOptions": {\n"module": "nodenext",\n"moduleResolution": "bundler"}}',
            3,
            "nodenext",
        ),
        ('{"compilerOptions": {\n"declarationMap": true}}', 2, "needs `declaration`"),
        ('{\n  "compilerOptions": {\n    "strictNullCheck": true\n  }\n}\n', 3, "strictNullChecks"),
        ('{\n  "compilerOptions": {\n    // which\n    "target": "es2077"\n  }\n}\n', 4, "target"),
        ('{\n  "compilerOptions": {\n    "moduleResolution":\n      "nodejs"\n  }\n}\n', 4, "moduleResolution"),
        ('{\n  "compilerOptions": {\n    "strict": "true"\n  }\n}\n', 3, "true or false"),
        ('{\n  "compilerOptions": {\n    "lib": [\n      "ES2020",\n      "browser"\n    ]\n  }\n}\n', 5, "browser"),
        ('{\n  "extends": "a",\n  "compilerOptions": {},\n  "include": "src"\n}\n', 4, "include"),
        ('{\n  "a": 1,\n  "b": 2,\n}\n', 3, "comma"),
        ('{\n  "a": [\n    1,\n    2,\n  ]\n}\n', 4, "comma"),
        ('{\n  "a": 1,\n  "b": 2,\n  "a": 3\n}\n', 4, "twice"),
    ],
)
def test_settings_of_typescript_and_slips_of_json_are_told_at_their_line(code: str, line: int, word: str) -> None:
    holds(looked("json", code), line, word)


@pytest.mark.parametrize(
    ("code", "path", "state"),
    [
        (
            '{"compilerOptions": {"target": "ES2022", "lib": ["ES2024.Array", "DOM"], "paths": {"@/*": ["./*"]}, "jsx": null,}}',
            "tsconfig.json",
            "none",
        ),
        ('{"collection": "@nestjs/schematics", "compilerOptions": {"deleteOutDir": true}}', None, "partial"),
        ('{"imports": {}, "compilerOptions": {"jsx": "precompile"}}', None, "partial"),
        ('{"//": "one", "//": "two", "a": {"b": 1}, "c": {"b": 1}}', None, "partial"),
    ],
)
def test_right_settings_are_left_alone(code: str, path: str | None, state: str) -> None:
    assert looked("json", code, path).state == state, looked("json", code, path)


SERVICE = "services:\n  db:\n    image: postgres\n"
DEPENDABOT = "version: 2\nupdates:\n  - package-ecosystem: pip\n    directory: /\n    schedule:\n      interval: "
API = """openapi: 3.1.0
info: {title: a, version: "1"}
paths:
  /items/{id}:
    get:
      parameters:
        - name: id
          in: path
          required: true
          schema: {type: string}
      responses:
        "200": {description: ok}
"""
RENOVATE = '{\n  "$schema": "https://docs.renovatebot.com/renovate-schema.json",\n'


@pytest.mark.parametrize(
    ("language", "code", "line", "word"),
    [
        ("yaml", SERVICE + '    ports: "6379:6379"\n', 4, "list"),
        ("yaml", SERVICE + "    logging:\n      options:\n        - max-size=1m\n", 6, "options"),
        ("yaml", "a:\n  script: make\n  artifacts:\n    paths: [b]\n    when: allways\n", 5, "always"),
        ("yaml", DEPENDABOT + "fortnightly\n", 6, "weekly"),
        ("yaml", DEPENDABOT.replace("pip", "pipp") + "daily\n", 3, "pip"),
        ("json", RENOVATE + '  "automerge": "yes"\n}\n', 3, "true or false"),
        ("yaml", API.replace("in: path", "in: pathe"), 8, "path"),
        ("yaml", API.replace("required: true", "required: false"), 9, "required"),
        ("yaml", API + "components:\n  securitySchemes:\n    a:\n      type: basic\n", 16, "basic"),
        ("json", RENOVATE + '  "labels": "deps"\n}\n', 3, "list"),
    ],
)
def test_a_value_that_the_published_schema_does_not_have_is_told_at_its_line(
    language: str, code: str, line: int, word: str
) -> None:
    holds(looked(language, code), line, word)
    assert not [one for one in told(looked(language, code)) if "has no" in one[1]]


@pytest.mark.parametrize(
    ("language", "code"),
    [
        (
            "yaml",
            SERVICE
            + '    ports: ["5432:5432"]\n    environment:\n      A: 1\n    healthcheck:\n      retries: ${MANY}\n',
        ),
        ("yaml", DEPENDABOT + "weekly\n    reviewers: [a]\n"),
        ("yaml", "a:\n  script: !reference [.b, script]\n  artifacts:\n    when: $WHEN\n"),
        ("json", RENOVATE + '  "extends": ["config:recommended"],\n  "ours": 1\n}\n'),
    ],
)
def test_values_that_the_schema_has_or_a_program_fills_in_are_left_alone(language: str, code: str) -> None:
    assert looked(language, code).state == "none", looked(language, code)


CALLED = """on:
  workflow_dispatch:
    inputs: {level: {type: string}}
jobs:
  build:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        python: ["3.12"]
        include: [{os: linux}]
    outputs: {tag: "${{ steps.meta.outputs.tag }}"}
    steps:
      - id: meta
        if: inputs.level == 'steps.none' && matrix.os
        run: |
          echo ok
          echo ${{ matrix.python }} ${{ inputs.level }}
  ship:
    needs: build
    runs-on: ubuntu-latest
    steps:
      - run: echo ${{ needs.build.outputs.tag }} ${{ needs.build.result }}
"""


@pytest.mark.parametrize(
    ("was", "now", "line", "word"),
    [
        ("matrix.python", "matrix.pyton", 17, "python"),
        ("steps.meta.outputs", "steps.metas.outputs", 11, "metas"),
        ("inputs.level }}", "inputs.lvl }}", 17, "lvl"),
        ("if: inputs.level", "if: inputs.levle", 14, "level"),
        ("needs.build.result", "needs.test.result", 22, "needs.test"),
        ("build.outputs.tag", "build.outputs.tags", 22, "tags"),
    ],
)
def test_names_in_the_expressions_of_a_workflow_are_its_own(was: str, now: str, line: int, word: str) -> None:
    assert looked("yaml", CALLED).state == "none", looked("yaml", CALLED)
    holds(looked("yaml", CALLED.replace(was, now)), line, word)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (
            '      matrix:\n        python: ["3.12"]\n        include: [{os: linux}]\n',
            "      matrix: ${{ fromJSON(vars.M) }}\n",
        ),
        ("inputs: {level: {type: string}}", ""),
        (
            "needs: build\n    runs-on: ubuntu-latest\n    steps:",
            "needs: [build]\n    runs-on: ubuntu-latest\n    steps:",
        ),
        ("[{os: linux}]", "${{ fromJSON(needs.x) }}"),
    ],
)
def test_what_an_expression_brings_is_left_alone(was: str, now: str) -> None:
    found = [one for one in looked("yaml", CALLED.replace(was, now)).findings if "needs.x" not in one.message]

    assert found == [], found


STAGED = "FROM golang:1.26 AS builder\nRUN --mount=type=cache,target=/x make\nFROM scratch\n"


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("COPY --from=bulder /a /b", "builder"),
        ("COPY --from=build /a /b", "builder"),
        ("COPY --from=deps /a /b", "deps"),
        ("COPY --from=1 /a /b", "1"),
        ("COPY --form=builder /a /b", "--from"),
        ("ADD --from=builder /a /b", "--from"),
        ("RUN --volume=/a make", "--volume"),
    ],
)
def test_stages_and_flags_of_a_dockerfile_are_told(line: str, word: str) -> None:
    holds(looked("dockerfile", STAGED + line + "\n"), 4, word)


@pytest.mark.parametrize(
    "line",
    ["COPY --from=Builder --chown=1:1 /a /b", "COPY --from=0 /a /b", "COPY --from=composer /a /b", "COPY --from=${X} /a /b",
     "RUN make --from=1", "CMD --serve", "HEALTHCHECK --interval=5s CMD true"],
)  # fmt: skip
def test_right_stages_and_flags_are_left_alone(line: str) -> None:
    assert looked("dockerfile", STAGED + line + "\n").state == "none"
    assert looked("dockerfile", "COPY --from=builder /a /b\n").state == "none"


@pytest.mark.parametrize(
    ("code", "line", "word"),
    [
        ("server {\n  gzip yes;\n}\n", 2, "on or off"),
        ("location / {\n  proxy_set_header X-Real-IP $remote_adr;\n}\n", 2, "remote_addr"),
        (
            "http {\n  limit_req_zone $host zone=a:1m rate=1r/s;\n  server {\n    limit_req zone=b burst=5;\n  }\n}\n",
            4,
            "`b`",
        ),
    ],
)
def test_values_of_nginx_are_told(code: str, line: int, word: str) -> None:
    holds(looked("nginx", code), line, word)


@pytest.mark.parametrize(
    "code",
    [
        "server {\n  gzip off;\n  limit_req zone=b;\n  set $remote_addrs 1;\n  return 200 $remote_addrs$http_x$arg_y;\n}\n",
        "location ~ ^/(?<requests>.*)$ {\n  return 200 $requests$1;\n}\n",
        "http {\n  include a/*.conf;\n  server { limit_req zone=b; server_tokens build; }\n}\n",
    ],
)
def test_right_values_of_nginx_are_left_alone(code: str) -> None:
    assert looked("nginx", code).state == "none", looked("nginx", code)
