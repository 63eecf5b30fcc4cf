"""Configuration, commands, Go and Rust: errors are told at their line, and what is right, or a part of something, is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.capabilities.checks.verdicts import Block, Verdict
from storage.checks.formats.child import READERS, verdict
from storage.checks.formats.room import LANGUAGES
from storage.checks.golang.room import GoRoom
from storage.checks.rust.room import RustRoom

WORKFLOW = "on: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: make\n"

POD = """apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: a
    image: x
    ports:
    - containerPort: 80
    env: [{name: B, value: "1"}]
"""
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
        "200":
          description: "one, as '#/components/schemas/Item' says"
          content: {application/json: {schema: {$ref: '#/components/schemas/Item'}}}
components: {schemas: {Item: {type: object}}}
"""
WRONG = [
    ("json", '{\n  "a": 1,\n  "b": \n}', 4, "JSON"),
    ("json", '{"a": 1,}', 1, "JSON"),
    ("yaml", "a: 1\n b: 2", 2, "YAML"),
    ("yaml", WORKFLOW.replace("steps:", "step:"), 5, "steps"),
    ("yaml", "services:\n  db:\n    image: postgres\n    port:\n      - '5432:5432'\n", 4, "ports"),
    ("toml", "[tool]\nname = \n", 2, "TOML"),
    ("dockerfile", "FROM python:3.12\nRUM pip install x\n", 2, "RUM"),
    ("dockerfile", "FROM a\n\nCOPY src\n", 3, "COPY"),
    ("go", 'package main\n\nfunc main() {\n\tfmt.Println("x"\n}\n', 4, "Go"),
    ("rust", "fn main() {\n    let x = vec![1, 2;\n}\n", 2, "Rust"),
    ("terraform", 'resource "a" "b" {\n  x = 1\n', 3, "Terraform"),
    ("graphql", "query {\n  user(id: 1) { name \n", 3, "GraphQL"),
    ("yaml", WORKFLOW.replace("push", "pussh"), 1, "push"),
    ("yaml", WORKFLOW.replace("    runs-on: ubuntu-latest\n", ""), 3, "runs-on"),
    ("yaml", WORKFLOW + "  ship:\n    runs-on: x\n    needs: tests\n    steps: []\n", 10, "tests"),
    ("yaml", "services:\n  a:\n    image: x\n    depends_on: [dbb]\n  db:\n    image: y\n", 4, "dbb"),
    ("yaml", "stages: [build]\na:\n  stage: biuld\n  script: make\n", 3, "build"),
    (
        "yaml",
        ".kept: &kept\n  cache:\n    paths: [a]\nb:\n  <<: *kept\n  script: make\n  artifacts:\n    expires_in: 1 day\n",
        8,
        "expire_in",
    ),
    ("yaml", "a:\n  stage: test\n  script: make\n  artefacts:\n    paths: [a]\n", 4, "artifacts"),
    ("yaml", POD.replace("containerPort: 80", "containerPort: '80'"), 9, "containerPort"),
    ("yaml", POD.replace("    image: x", "    imgae: x"), 7, "image"),
    ("yaml", POD.replace("- name: a", "- nam: a"), 6, "name"),
    ("k8s", "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a}\n", 1, "networking.k8s.io/v1"),
    ("yaml", API.replace("    get:", "    gett:"), 5, "get"),
    ("yaml", API.replace("/Item'}", "/Itme'}"), 14, "Item"),
    ("openapi", API.replace("in: path", "in: url"), 5, "`id`"),
    ("proto", 'syntax = "proto3";\nmessage A {\n  string a = 1;\n  int32 b = 1;\n}\n', 4, "already"),
    ("proto", "message A {\n  string a = 1\n}\n", 2, "`;`"),
    ("proto", 'syntax = "proto3";\nenum A {\n  ONE = 1;\n}\n', 3, "must be zero"),
    ("protobuf", "message A {\n  str a = 1;\n}\n", 2, "string"),
    ("nginx", "server {\n  listen 80\n  server_name a;\n}\n", 2, "`;`"),
    ("nginx", "server {\n  proxy_passs http://a;\n}\n", 2, "proxy_pass"),
    ("nginx", "http {\n  server {\n    listen 80;\n}\n", 1, "`}`"),
    ("jsonc", '{\n  "a": 1, // one\n  "b" 2\n}', 3, "JSON"),
    ("json5", "{\n  a: 1\n  b: 2\n}", 3, "JSON5"),
    ("go", 'package a\n\nimport (\n\t"fmt"\n\t"os"\n)\n\nfunc f() { fmt.Println(1) }\n', 5, "os"),
    ("go", 'package a\n\nimport "fmt"\n\nfunc f() { fmt.Println(strings.ToUpper("a")) }\n', 5, "strings"),
    ("go", 'package a\n\nimport "strings"\n\nvar b = strings.Contain("a", "b")\n', 5, "Contains"),
    ("go", 'package a\n\nimport "net/htpp"\n', 3, "net/http"),
    (
        "go",
        "func f(db *sql.DB, a string) {\n\tdb.Query(fmt.Sprintf(\"SELECT * FROM t WHERE a = '%s'\", a))\n}\n",
        2,
        "parameter",
    ),
    (
        "go",
        'var qs []string\nfor _, tag := range tags {\n\tqs = append(qs, "\'"+tag+"\'")\n}\n'
        'db.Query("SELECT * FROM t WHERE a IN (" + strings.Join(qs, ",") + ")")\n',
        5,
        "parameter",
    ),
    ("go", 'func f(db *sql.DB, a string) {\n\tdb.Exec("DELETE FROM t WHERE a = \'" + a + "\'")\n}\n', 2, "parameter"),
    ("rust", "fn f(a: &str) {\n    sqlx::query(&format!(\"SELECT * FROM t WHERE a = '{a}'\"));\n}\n", 2, "parameter"),
    ("bash", "for f in *; do\n  echo $f\n", 2, "done"),
    ("sh", "if [ -f a ]\n  echo a\nfi\n", 1, "then"),
    ("bash", "npm install expresss\n", 1, "express"),
    ("bash", "docker compose up \\\n  --detach --biuld\n", 2, "--build"),
    ("bash", "sudo docker run --detatch a && echo b\n", 1, "--detach"),
    ("bash", "git comit -m x\n", 1, "commit"),
    (
        "bash",
        'made() { kubectl "$@" -o yaml; }\nmade create secret generic a --from-literals=b=c\n',
        2,
        "--from-literal",
    ),
    ("bash", "cat a | jq -r '\n  .b\n  | map(.c | startswith \"d\")\n' | head\n", 3, "syntax error"),
    ("bash", "jq '.a | mapp(.b)' x\n", 1, "mapp/1"),
    ("bash", "echo 'it\nis' && curl --retries 3 a\n", 1, "--retries"),
    ("bash", "DC='docker compose'\n$DC up --detatch\n", 2, "--detach"),
    ("bash", "alias k=kubectl\nk get pods --all-namespace\n", 2, "--all-namespaces"),
    ("bash", 'again() { "$@" || "$@"; }\nagain curl --retries 3 a\n', 2, "--retries"),
    ("bash", "curl --jsonn a\n", 1, "--json"),
    ("bash", "cd a; docker ps --json\n", 1, "no option `--json`"),
    ("console", "$ kubectl get pods --namespce a\nNAME  READY\n", 1, "--namespace"),
    ("console", "$ npm install lodahs\n", 1, "lodash"),
    ("bash", "cargo add serde_jsn\n", 1, "serde_json"),
    ("bash", "sudo apt-get install -y curl postgresq-client\n", 1, "postgresql-client"),
    ("bash", "apt-get update && \\\n  apt-get install -y --no-install-recomends curl\n", 2, "--no-install-recommends"),
    ("bash", "apk add --no-cahce bash\n", 1, "--no-cache"),
    ("bash", "pnpm install --frozen-lockfle\n", 1, "--frozen-lockfile"),
    ("bash", "composer require guzzlehttp/guzle:^7\n", 1, "guzzlehttp/guzzle"),
    ("bash", "go get github.com/gin-gonic/ginn@v1.9.1\n", 1, "gin-gonic/gin"),
]
RIGHT = [
    ("json", '{"a": [1, 2, {"b": null}]}'),
    ("json", '"scripts": {"test": "vitest"},\n"private": true'),
    ("json", '{"a": 1}\n{"a": 2}'),
    ("json", '{\n  // a comment\n  "a": 1\n}'),
    ("json", '{"a": 1, ...}'),
    ("yaml", WORKFLOW),
    ("yaml", "services:\n  db:\n    image: postgres:16\n    ports:\n      - '5432:5432'\n"),
    ("yaml", "a: {{ .Values.x }}\n"),
    ("yaml", "- name: a\n  on: true\n---\nb: 1\n"),
    ("toml", '[tool.ruff]\nline-length = 120\n[[tool.mypy.overrides]]\nmodule = ["a"]\n'),
    ("dockerfile", 'FROM a AS b\nRUN <<EOF\necho x\nEOF\nCOPY --from=b /x /y\nCMD ["x"]\n'),
    (
        "dockerfile",
        "RUN apt-get update && \\\n    # a comment\n    apt-get install -y curl\nEXPOSE 80 53/udp $PORT\nRUN\tmake\n",
    ),
    ("go", "x := 1\nfor i := range x {\n}\n"),
    ("go", 'type A struct { B string `json:"b"` }'),
    ("go", "func f() {\n\t// ...\n\tg(args...)\n}"),
    ("rust", "use serde::Deserialize;\n\n#[derive(Deserialize)]\nstruct A { b: String }\n"),
    ("rust", 'let x = a.await?;\nprintln!("{x}");'),
    ("terraform", 'variable "a" {\n  type = string\n}\n'),
    ("graphql", "type A { b: Int! }"),
    ("graphql", "user { name }"),
    ("yaml", POD),
    ("yaml", POD.replace("containerPort: 80", "containerPort: {{ .Values.port }}")),
    ("yaml", POD + "---\napiVersion: ours.example/v1\nkind: Thing\nspec: {any: 1}\n"),
    ("yaml", API),
    ("json", '{"openapi": "3.0.0", "info": {"title": "a", "version": "1"}, "paths": {}}'),
    ("yaml", "services:\n  a:\n    image: x\n    depends_on: [db]\n    volumes: ['data:/x']\n"),
    ("yaml", "include: x.yml\na:\n  stage: elsewhere\n  script: !reference [.b, script]\n"),
    (
        "proto",
        'syntax = "proto3";\nimport "a.proto";\nmessage A {\n  map<string, B> b = 1;\n'
        "  oneof c { string d = 2; int32 e = 3; }\n  reserved 4 to 6;\n}\n",
    ),
    ("bash", 'say() { echo "$@"; }\nsay --detatch\nkubectl autoscale deployment a --cpu 80\n'),
    ("proto", "string name = 1;\nrepeated int32 ids = 2;\n"),
    ("proto", 'syntax = "proto3";\nimport "a.proto";\nmessage A {\n  a.long.name.of\n      .Thing b = 1;\n}\n'),
    ("yaml", "a:\t\n  b: 1\t\n"),
    ("yaml", "services:\n  a:\n    image: x\n    environment:\n      # none yet\n    ports:\n      - '80:80'\n"),
    ("yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\n$patch: delete\n"),
    ("yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  replicas: 3\n"),
    ("json", '{\n  "extends": "./tsconfig.base.json",\n  "compilerOptions": {"strict": true,},\n}'),
    (
        "nginx",
        "map $a $b { default 0; ~x 1; }\nlog_format x '$a'\n    '$b';\nserver {\n  location / { try_files $uri =404; }\n}\n",
    ),
    ("jsonc", '{\n  /* a */ "b": [1, 2,], // "c"\n}'),
    ("json5", "{a: 'b', c: [1, .5, 0xF,], /* d */}"),
    (
        "go",
        'package a\n\nimport (\n\t"context"\n\t_ "embed"\n\t"math/rand/v2"\n)\n\nvar b = context.Background\nvar c = rand.IntN(3)\n',
    ),
    ("go", "func f(a int) int {\n\tfor {\n\t\tswitch a {\n\t\tcase 1:\n\t\t\tbreak\n\t\t}\n\t}\n}\n"),
    (
        "go",
        "func f(a int) int {\n\tif a > 1 {\n\t\tpanic(1)\n\t} else {\n\t\treturn 1\n\t}\n}\nfunc g() int {\n\t// yours\n}\n",
    ),
    ("go", "func f(a int) int {\n\tswitch {\n\tdefault:\n\t\treturn 1\n\tcase a > 1:\n\t\tfallthrough\n\t}\n}\n"),
    ("go", "path := f()\npath.Clean2()\nlog.Ours()\n"),
    ("go", 'db.QueryContext(ctx, "SELECT * FROM "+table+" WHERE a = $1", a)\n'),
    ("go", 'db.Exec("DELETE FROM t WHERE a = "+placeholder(1)+" AND b IN ("+strings.Join(marks, ", ")+")", a)\n'),
    (
        "go",
        'var qs []string\nfor i := range ids {\n\tqs = append(qs, fmt.Sprintf("$%d", i+1))\n}\n'
        'q := fmt.Sprintf("SELECT * FROM t WHERE id IN (%s)", strings.Join(qs, ","))\ndb.Query(q, ids...)\n',
    ),
    ("go", 'in := strings.Repeat("?,", len(ids)-1) + "?"\ndb.Exec("DELETE FROM t WHERE a IN ("+in+")", ids...)\n'),
    (
        "go",
        'var b strings.Builder\nfmt.Fprintf(&b, "($%d, $%d)", 1, 2)\nb.WriteString(",($3, $4)")\n'
        'db.Exec("INSERT INTO t (a, b) VALUES " + b.String())\n',
    ),
    ("rust", 'sqlx::query(&format!("SELECT {columns} FROM t WHERE a = $1")).bind(a);\n'),
    ("bash", 'if [ -f a ]; then echo "it\'s"; fi\nnpm install react next\n'),
    ("bash", "docker run -e A=<your key> x [options]\n"),
    ("bash", "docker run --rm -it node:22 npm test --watchAll\ndocker buildx build --platform=linux/amd64 .\n"),
    ("bash", "kubectl --namespace a --overwrite=true annotate pod b c=d && kubectl exec -it a -- ls --ours\n"),
    ("bash", "git log --onelin\ngit commit -m '--fix it' --no-edit\ngit push --force-with-lease origin main\n"),
    (
        "bash",
        "node --env-file=.env server.js --prot 1\nyarn lint --fixx\napk --no-cache add -U a\napt-get -yq install a\n",
    ),
    ("bash", "cargo test --release -- --nocapture\ncargo clippy --all-targets -- -D warnings\npnpm lint\n"),
    ("bash", "curl -fsSL https://a.example/x.sh | sh -s -- --ours\npsql --host=a --dbname b -c 'select 1'\n"),
    ("console", "$ ls\nREADME (1)\n"),
]


def looked(language: str, code: str, tree: Path | None = None) -> Verdict:
    return verdict(Block(language, code), tree)


@pytest.mark.parametrize(("language", "code", "line", "word"), WRONG)
def test_an_error_is_told_at_its_line(language: str, code: str, line: int, word: str) -> None:
    said = looked(language, code)

    assert said.state == "problems", said
    assert (said.findings[0].line, word in said.findings[0].message) == (line, True), said.findings


@pytest.mark.parametrize(("language", "code"), RIGHT)
def test_what_is_right_or_a_part_is_left_alone(language: str, code: str) -> None:
    said = looked(language, code)

    assert said.state in ("none", "partial", "unchecked"), said


def test_every_language_of_the_room_has_a_reader() -> None:
    assert READERS.keys() == LANGUAGES | GoRoom.languages | RustRoom.languages


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    files = {
        "go.mod": "module example.com/shop\n\ngo 1.22\n\nrequire github.com/gin-gonic/gin v1.9.1\n",
        "Cargo.lock": '[[package]]\nname = "serde-json"\nversion = "1.0.1"\nsource = "registry+https://x"\n',
        "Cargo.toml": '[package]\nname = "shop"\n',
        "package.json": '{"name": "a", "dependencies": {"react": "^18.2.0"}}',
        "package-lock.json": '{"name": "a", "lockfileVersion": 3, "packages": {"": {"dependencies": {"react": "^18.2.0"}}, '
        '"node_modules/react": {"version": "18.2.0", "resolved": "https://x/react-18.2.0.tgz"}}}',
        "schema.graphql": "type Query { user(id: ID!): User }\ntype User { id: ID!, name: String }\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("language", "code", "message"),
    [
        ("go", 'package a\n\nimport "github.com/gin-gonic/gin/binding"\n', ""),
        ("go", 'package a\n\nimport (\n\t"fmt"\n\t"example.com/shop/db"\n)\n', ""),
        ("go", 'package a\n\nimport "github.com/labstack/echo/v4"\n', "go.mod"),
        ("rust", "use serde_json::Value;\nuse std::fs;\nuse shop::db;\n", ""),
        ("rust", "use tokio::fs;\n", "Cargo.lock"),
        ("rust", 'let a = reqwest::get("x").await?;\n', "Cargo.lock"),
        ("go", 'package a\n\nimport "sync"\n\nvar b = sync.WaitGroup{}\nvar c = sync.OnceFunc\n', ""),
        ("go", 'package a\n\nimport "iter"\n\nvar b iter.Seq[int]\n', "1.23"),
        ("bash", "npm install react@18\n", ""),
        ("bash", "npm install react@17.0.2\n", "18.2.0"),
        ("bash", "npm install react@latest -D\n", ""),
        ("graphql", "{ user(id: 1) { name } }", ""),
        ("graphql", "query Q($id: ID!) { user(id: $id) { nam } }", "nam"),
    ],
)
def test_names_are_held_against_what_the_team_locks(tree: Path, language: str, code: str, message: str) -> None:
    said = looked(language, code, tree)

    assert ("".join(one.message for one in said.findings) == "") == (message == ""), said
    assert message in "".join(one.message for one in said.findings)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(set(READERS) - {"graphql", "gql"})),
    st.text(alphabet="{}[]\":,\n -#=\\'aé\t$<>/.*&!|", max_size=200),
)
def test_no_text_makes_a_reader_fail_and_lines_are_of_the_block(language: str, code: str) -> None:
    said = looked(language, code)

    assert all(1 <= one.line <= code.count("\n") + 2 for one in said.findings)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["json", "yaml", "toml", "go", "rust", "proto", "nginx", "json5"])
def test_deep_nesting_and_many_references_end_in_a_verdict(language: str) -> None:
    bombs = [
        "[" * 10_000,
        "{" * 10_000,
        "- " * 10_000,
        "a: &a [x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(2_000)),
        "a = " + "[" * 10_000,
        "openapi: 3.0.0\npaths: {}\na: &a [1]\nb: &b ["
        + "*a, " * 60
        + "1]\nc: &c ["
        + "*b, " * 60
        + "1]\nd: &d ["
        + "*c, " * 60
        + "1]\n",
        "on: push\njobs: &a\n  b: *a\n",
        "enum A { B = " + "9" * 5_000 + "; }",
        "message A {" * 3_000,
        'db.Query("a" + ' * 3_000,
    ]

    for bomb in bombs:
        assert looked(language, bomb).state in ("problems", "unchecked", "partial", "none")


def test_names_of_a_crate_are_held_against_its_sources_where_they_lie_here(tmp_path: Path) -> None:
    vendored = tmp_path / "vendor" / "tiny-http"
    (vendored / "src").mkdir(parents=True)
    (vendored / "Cargo.toml").write_text('[package]\nname = "tiny-http"\n')
    (vendored / "src" / "lib.rs").write_text("pub mod server { pub struct Server; impl Server { pub fn bind() {} } }\n")
    (tmp_path / "Cargo.lock").write_text('version = 3\n[[package]]\nname = "tiny-http"\nversion = "1.2.0"\n')
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "a"\n[dependencies]\ntiny-http = "1"\n')
    right = "use tiny_http::{server::Server, server as s};\nfn f() { tiny_http::server::Server::bind(); }\n"
    wrong = "use tiny_http::server::{\n    Server,\n    Listner,\n};\n"

    assert looked("rust", right, tmp_path).findings == ()
    assert "tiny_http" in looked("rust", right, tmp_path).reasons[0]
    assert [(one.line, one.package) for one in looked("rust", wrong, tmp_path).findings] == [(3, "tiny-http")]


@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [
        ("git log --max-count=3 2>/dev/null\n", "none", ""),
        ("kubectl get pods -o json | jq .items\nopenssl version\n", "partial", "`openssl`"),
        ("set -e\nf() { cd /tmp; }\nf\n", "none", ""),
        ("cat <<EOF > a.txt\nThe openssl --nothing here\nEOF\n", "none", ""),
        ("git log --max-counts=3\n", "problems", ""),
        ("npx --no-install eslint .\n", "problems", ""),
        ("npx --no-install react .\n", "partial", "`npx`"),
    ],
)
def test_of_commands_the_line_says_what_was_looked_at(tree: Path, code: str, state: str, reason: str) -> None:
    said = looked("bash", code, tree)

    assert said.state == state, said
    assert reason in " ".join(said.reasons)
    assert bool(said.versions) == (state != "unchecked")


def test_what_begins_and_does_not_end_is_told_where_the_shell_stops() -> None:
    said = looked("bash", "for a in b; do\n  if x; then\n    c\n  else\n    d\n  done\ndone\n")

    assert [one.line for one in said.findings] == [6]
    assert "line 2" in said.findings[0].message
