"""Files that are held against what their own people publish: schemas by a file's name, tables of `[tool]`, Kubernetes' own types."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.capabilities.checks.verdicts import Block, Verdict
from storage.checks.formats.child import verdict
from storage.checks.formats.yaml import kubernetes_types


def looked(language: str, code: str, path: str) -> Verdict:
    return verdict(Block(language, code, path=path), None)


ACTION = """\
name: Prepare
description: Installs what the tests need
inputs:
  version:
    description: of Python
    default: 3.12
  quick:
    type: boolean
outputs:
  hit:
    value: ${{ steps.cache.outputs.cache-hit }}
runs:
  using: composite
  steps:
    - id: cache
      uses: actions/cache@v4
      with: {path: .venv, key: "${{ inputs.version }}"}
    - run: pip install -r requirements.txt
      shell: bash
"""
WORKFLOW = """\
on: push
env:
  PYTHON_VERSION: "3.12"
concurrency: {group: tests, cancel-in-progress: true}
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: echo "${{ env.PYTHON_VERSION }} ${{ secrets.GITHUB_TOKEN }}"
      - run: ./deploy ${{ secrets.DEPLOY_TOKEN_A }} ${{ secrets.DEPLOY_TOKEN_B }} ${{ vars.REGION }}
      - run: ./check ${{ secrets.DEPLOY_TOKEN_A }} ${{ github.event.inputs.name }}
"""
BUILD = """\
steps:
  - name: gcr.io/cloud-builders/docker
    args: [build, .]
dynamic_substitutions: true
timeout: 600s
"""
FORM = """\
name: Bug
description: Something does not work
body:
  - type: textarea
    attributes: {label: What happened}
    validations: {required: true}
"""
TOOLS = """\
[tool.ruff]
line-length = 100

[tool.ruff.lint]
select = ["E"]

[tool.poetry]
name = "shop"

[tool.black]
target_version = ["py311"]

[tool.ours]
anything = 1
"""
LEASE = """\
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata:
  name: leader
  annotations: {owner: team}
spec:
  holderIdentity: a
  leaseDurationSeconds: 15
status:
  whatever: 1
"""
ISSUED = """\
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: web}
spec: {secretNam: web}
"""
OF_ACTIONS, OF_WORKFLOWS = ".github/actions/prepare/action.yml", ".github/workflows/ci.yml"
RIGHT = [
    ("yaml", ACTION, OF_ACTIONS), ("yaml", WORKFLOW, OF_WORKFLOWS), ("yaml", BUILD, "deploy/cloudbuild.yaml"),
    ("yaml", FORM, ".github/ISSUE_TEMPLATE/bug.yml"), ("toml", TOOLS, "pyproject.toml"), ("yaml", LEASE, "k8s/lease.yaml"),
    ("yaml", ISSUED, "k8s/certificate.yaml"), ("yaml", "name: az\nsummary: Others' docs\nexamples: []\n", "docs/action.yml"),
    ("yaml", "cff-version: 1.2.0\nmessage: m\ntitle: t\ndate-released: 2026-01-01\nauthors: [{name: a}]\n", "CITATION.cff"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "code", "path"), RIGHT, ids=[one[2] for one in RIGHT])
def test_what_stands_right_is_not_told(language: str, code: str, path: str) -> None:
    assert looked(language, code, path).findings == ()


@pytest.mark.parametrize(
    ("code", "right", "wrong", "line", "path"),
    [
        (ACTION, "using: composite", "uisng: composite", 13, OF_ACTIONS),
        (ACTION, "shell: bash", "shell: bahs", 19, OF_ACTIONS),
        (ACTION, "inputs.version", "inputs.verson", 17, OF_ACTIONS),
        (ACTION, "steps.cache", "steps.cash", 11, OF_ACTIONS),
        (ACTION, "    default:", "    defualt:", 6, OF_ACTIONS),
        (WORKFLOW, "env.PYTHON", "env.PYTHN", 9, OF_WORKFLOWS),
        (WORKFLOW, "secrets.GITHUB_TOKEN", "secrets.GITHUB_TOKNE", 9, OF_WORKFLOWS),
        (
            WORKFLOW,
            "${{ vars.REGION }}",
            "${{ secrets.DEPLOY_TOEKN_A }} ${{ secrets.DEPLOY_TOKEN_A }}",
            10,
            OF_WORKFLOWS,
        ),
        (WORKFLOW, "on: push", "on: {workflow_dispatch: {inputs: {nam: {type: string}}}}", 11, OF_WORKFLOWS),
        (WORKFLOW, "cancel-in-progress: true", "cancel-in-progress: ture", 4, OF_WORKFLOWS),
        (WORKFLOW, "jobs:\n", "jbos:\n", 5, OF_WORKFLOWS),
        (BUILD, "args:", "arsg:", 3, "deploy/cloudbuild.yaml"),
        (FORM, "attributes:", "atributes:", 5, ".github/ISSUE_TEMPLATE/bug.yml"),
        (FORM, "type: textarea", "type: textaera", 4, ".github/ISSUE_TEMPLATE/bug.yml"),
        (TOOLS, "line-length", "line-lenght", 2, "pyproject.toml"),
        (TOOLS, "select =", "selct =", 5, "pyproject.toml"),
        (TOOLS, "name =", "nmae =", 8, "pyproject.toml"),
        (LEASE, "holderIdentity", "holderIdentiy", 7, "lease.yaml"),
        (LEASE, "owner: team", "owner: true", 5, "lease.yaml"),
        (LEASE, "coordination.k8s.io/v1", "coordination.k8s.io/v1beta9", 1, "lease.yaml"),
    ],
)
def test_a_slip_in_what_is_published_is_told_at_its_line(
    code: str, right: str, wrong: str, line: int, path: str
) -> None:
    assert right in code
    language = "toml" if path.endswith("toml") else "yaml"

    said = looked(language, code.replace(right, wrong, 1), path)

    assert line in [one.line for one in said.findings], said


def test_the_declared_types_of_kubernetes_are_read_with_what_they_need() -> None:
    pod = kubernetes_types.kinds()["v1 Pod"]

    spec = kubernetes_types.fields(pod)["spec"].removeprefix("@")

    assert kubernetes_types.fields(spec)["containers"] == "[@core_v1.Container"
    assert (kubernetes_types.fields(spec)["nodeSelector"], kubernetes_types.needed(spec)) == ("{s", ("containers",))
    assert kubernetes_types.fields("networking_v1.NetworkPolicyIngressRule")["from"].startswith("[@")


CALLED = """\
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: ./.github/actions/prepare
        with:
          version: "3.12"
"""


@pytest.mark.parametrize(
    ("right", "wrong", "lines"),
    [("", "", []), ("version:", "verison:", [6, 8]), ('        with:\n          version: "3.12"\n', "", [6])],
)
def test_a_step_gives_an_action_of_the_repository_what_it_takes(
    tmp_path: Path, right: str, wrong: str, lines: list[int]
) -> None:
    action = tmp_path / ".github/actions/prepare/action.yml"
    action.parent.mkdir(parents=True)
    action.write_text(ACTION.replace("default: 3.12", "required: true"))

    said = verdict(Block("yaml", CALLED.replace(right, wrong), path=OF_WORKFLOWS), tmp_path)

    assert sorted(one.line for one in said.findings) == lines, said


@pytest.mark.parametrize(
    ("image", "lines"),
    [("nginx:1.22.1-alpine", [3]), ("nginx:1.25", []), ("nginx:alpine", []), ("nginxinc/nginx-unprivileged:1.24", [3])],
)
def test_a_directive_of_nginx_is_no_newer_than_the_image(tmp_path: Path, image: str, lines: list[int]) -> None:
    (tmp_path / "Dockerfile.edge").write_text(f"FROM {image}\nCOPY nginx.conf /etc/nginx/nginx.conf\n")
    code = "server {\n  listen 443 ssl;\n  http2 on;\n  root /srv;\n}\n"

    said = verdict(Block("nginx", code), tmp_path)

    assert [one.line for one in said.findings] == lines, said
