"""Configuration against what lies in the repository (definitions of kinds, charts), and what is said where nothing tells its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.capabilities.checks.verdicts import Block, Verdict
from storage.checks.formats.child import verdict

DEFINITION = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: backups.shop.io
spec:
  group: shop.io
  names:
    kind: Backup
    plural: backups
  versions:
    - name: v1
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [schedule]
              properties:
                schedule: {type: string}
                keep: {type: integer}
                mode: {type: string, enum: [full, incremental]}
                extra: {type: object, x-kubernetes-preserve-unknown-fields: true}
"""
BACKUP = """apiVersion: shop.io/v1
kind: Backup
metadata: {name: nightly}
spec:
  schedule: "0 3 * * *"
  keep: 7
  mode: full
  extra: {anything: [1]}
"""
CHART = {
    "charts/shop/Chart.yaml": "apiVersion: v2\nname: shop\ndependencies:\n  - name: redis\n",
    "charts/shop/values.yaml": "replicaCount: 1\nimage:\n  repository: shop\n  tag: x\nresources:\n  limits: {}\n",
    "charts/shop/templates/a.yaml": "n: {{ .Values.replicaCount }}\nr: {{ toYaml .Values.resources }}\n"
    "i: {{ .Values.image.repository }}:{{ .Values.image.tag }}\nh: {{ .Values.extraHost }}\n",
}


def written(tree: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    return tree


def looked(code: str, language: str = "yaml", path: str | None = None, tree: Path | None = None) -> Verdict:
    return verdict(Block(language, code, path=path), tree)


@pytest.mark.parametrize(
    ("right", "wrong", "line", "word"),
    [
        ("keep: 7", "keeps: 7", 6, "did you mean `keep`"),
        ("keep: 7", "keep: many", 6, "a whole number"),
        ("mode: full", "mode: weekly", 7, "incremental"),
        ("extra:", "mode2:", 8, "no `mode2`"),
    ],
)
def test_a_kind_that_the_repository_defines_is_held_against_its_definition(
    right: str, wrong: str, line: int, word: str, tmp_path: Path
) -> None:
    tree = written(tmp_path, {"config/crds.yaml": "---\n" + DEFINITION})

    said = looked(BACKUP.replace(right, wrong), tree=tree)

    assert [one.line for one in said.findings] == [line], said
    assert word in said.findings[0].message


def test_a_right_manifest_of_a_defined_kind_is_left_alone(tmp_path: Path) -> None:
    tree = written(tmp_path, {"config/crds.yaml": DEFINITION})
    overlay = BACKUP.replace('  schedule: "0 3 * * *"\n', "").replace("7", "${KEEP}")

    assert looked(BACKUP, tree=tree).state == "none"
    assert looked(overlay, tree=tree).state == "none"


@pytest.mark.parametrize(
    ("language", "code", "reason"),
    [
        ("yaml", BACKUP, "`Backup` of shop.io/v1"),
        ("yaml", BACKUP + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", "`Backup`"),
        ("yaml", "- hosts: web\n  tasks:\n    - apt: {name: nginx}\n", "only its syntax"),
        ("yaml", "kind: Deployment\nspec:\n  replicas: {{ .Values.n }}\n", "a template fills them in"),
        ("json", '{"a": 1}', "only its syntax"),
        ("toml", "[package]\nname = 'a'\n", "only its syntax"),
        (
            "yaml",
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n        with: {a: 1}\n",
            "`actions/checkout`",
        ),
    ],
)
def test_no_problems_is_not_said_where_no_names_were_looked_at(language: str, code: str, reason: str) -> None:
    said = looked(code, language)

    assert (said.state, reason in " ".join(said.reasons)) == ("partial", True), said


@pytest.mark.parametrize(
    ("code", "path", "found"),
    [
        ("replicaCont: 2\n", "charts/shop/values-prod.yaml", [1]),
        ("replicaCount: 2\nimage:\n  tagg: x\n", None, [3]),
        ("replicaCount: 2\nimage: {tag: y}\nresources: {limits: {cpu: 1}, claims: []}\n", None, []),
        ("redis: {anything: 1}\nextraHost: a\nglobal: {a: 1}\n", "charts/shop/ci/values.yaml", []),
        ("replicaCount: 2\nmine: 1\nextraHost: 'x.{{ .Values.mine }}'\n", "charts/shop/values-a.yaml", []),
    ],
)
def test_values_are_held_against_the_words_of_their_chart(
    code: str, path: str | None, found: list[int], tmp_path: Path
) -> None:
    said = looked(code, path=path, tree=written(tmp_path, CHART))

    assert [one.line for one in said.findings] == found, said
    assert found or said.state == "partial"


def test_a_charts_own_schema_says_what_its_values_are(tmp_path: Path) -> None:
    schema = '{"properties": {"replicaCount": {"type": "integer"}}, "additionalProperties": false}'
    tree = written(tmp_path, CHART | {"charts/shop/values.schema.json": schema})

    said = looked("replicaCount: lots\nimage2: x\n", path="charts/shop/values-prod.yaml", tree=tree)

    assert {one.line for one in said.findings} == {1, 2}, said
    assert looked("replicaCount: 3\n", path="charts/shop/values-prod.yaml", tree=tree).state == "none"


@pytest.mark.parametrize(
    "schema",
    [
        '{"$ref": "http://127.0.0.1:9/values.json"}',
        '{"properties": 3}',
        '{"type": "nothing"}',
        '{"properties": {"a": {"pattern": "("}}}',
    ],
)
def test_a_schema_that_is_none_or_lies_elsewhere_is_said_to_be_unread(schema: str, tmp_path: Path) -> None:
    tree = written(tmp_path, CHART | {"charts/shop/values.schema.json": schema})

    said = looked("a: b\n", path="charts/shop/values-prod.yaml", tree=tree)

    assert (said.state, "cannot be read" in " ".join(said.reasons)) == ("partial", True), said


SWAGGER = """swagger: "2.0"
info: {title: a, version: "1"}
paths:
  /a/{id}:
    get:
      parameters:
        - {name: id, in: path, required: true, type: string}
      responses:
        "200": {description: ok, schema: {$ref: "#/definitions/A"}}
definitions:
  A:
    type: object
    properties:
      n: {type: string, minLength: 3}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "line", "word"),
    [
        ("responses:", "respones:", 8, "responses"),
        ("minLength", "minLenght", 14, "minLength"),
        ("type: object", "type: objct", 12, "object"),
        ("definitions/A", "definitions/B", 9, "nothing stands"),
        ("description: ok, ", "", 9, "description"),
        ("in: path, required: true", "in: path", 7, "required"),
    ],
)
@pytest.mark.parametrize("version", ["2", "3.0.3", "3.1.0"])
def test_descriptions_of_each_version_are_held_against_its_published_schema(
    version: str, right: str, wrong: str, line: int, word: str
) -> None:
    told = SWAGGER
    if version != "2":
        told = told.replace('swagger: "2.0"', f'openapi: "{version}"').replace(
            "definitions:", "components: {schemas: {B: {}}}\nx-a:"
        )
        told = told.replace("required: true, type: string", "required: true, schema: {type: string}")
        told = told.replace(', schema: {$ref: "#/definitions/A"}', ", content: {a/b: {schema: {minLength: 3}}}")
        told = told.replace("definitions/A", "components/A")
    if right in told and not (version != "2" and line > 9):
        found = looked(told.replace(right, wrong)).findings
        assert any(one.line in (line, line - 1) and word in one.message for one in found), found
    assert looked(told).state == "none", looked(told)


@pytest.mark.parametrize(
    ("language", "path", "code", "line"),
    [
        ("json", "tsconfig.json", '{\n  "compilerOptions": {},\n  "inculde": ["src"]\n}', 3),
        ("json", "package.json", '{\n  "name": "a",\n  "scipts": {}\n}', 3),
        ("yaml", "compose.prod.yaml", "services:\n  a:\n    restart: aways\n", 3),
        (
            "hcl",
            None,
            'resource "a_b" "c" {\n  precondition {\n    condition = true\n    error_message = "x"\n  }\n}\n',
            2,
        ),
    ],
)
def test_words_at_the_top_of_a_file_and_in_a_part_of_one_are_told(
    language: str, path: str | None, code: str, line: int
) -> None:
    assert [one.line for one in looked(code, language, path).findings] == [line]


def test_what_a_module_of_terraform_takes_from_elsewhere_is_assumed() -> None:
    said = looked('output "a" {\n  value = module.shop.id\n}\n', "hcl")

    assert (said.state, said.assumed) == ("none", ("module shop",)), said
