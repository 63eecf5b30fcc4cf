"""Values in configuration: what no program takes is told at its line, what one takes is left alone."""

from __future__ import annotations

import pytest

from bot.capabilities.checks.verdicts import Block
from storage.checks.formats.child import verdict
from storage.checks.formats.values import image_fault, schedule

DEPLOYMENT = """apiVersion: v1
kind: Service
metadata: {name: api}
spec:
  selector: {app: api}
  ports: [{port: 80, targetPort: http, protocol: TCP}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  replicas: 2
  selector:
    matchLabels: {app: api}
  template:
    metadata: {labels: {app: api}}
    spec:
      restartPolicy: Always
      containers:
        - name: api
          image: x:1
          ports: [{name: http, containerPort: 8080}]
          resizePolicy: [{resourceName: cpu, restartPolicy: NotRequired}]
          livenessProbe: {httpGet: {path: /, port: http}}
          resources: {limits: {memory: 128Mi, cpu: 0.5}}
          volumeMounts: [{name: data, mountPath: /data}]
      volumes: [{name: data, emptyDir: {}}]
"""
COMPOSE = """services:
  web:
    image: x:1
    ports: ["8080:80"]
    restart: unless-stopped
  db:
    image: postgres:16
    healthcheck:
      test: ["CMD", "pg_isready"]
      interval: 10s
      retries: 5
  cache:
    image: redis:7
"""
WORKFLOW = """on:
  schedule: [{cron: "0 3 * * *"}]
permissions: {contents: read}
jobs:
  a:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v4
      - run: echo ${{ always() && github.ref }}
"""
DOCKERFILE = """FROM python:3.12 AS build
COPY a b ./
ENV A=1
EXPOSE 8080
HEALTHCHECK --interval=30s CMD curl -f http://localhost
STOPSIGNAL SIGTERM
CMD ["python", "-m", "a"]
"""
NGINX = """server {
    listen 80;
    client_max_body_size 8m;
    location / {
        proxy_read_timeout 1m30s;
    }
}
"""
PACKAGE = """{
  "name": "a",
  "version": "1.2.3",
  "scripts": {
    "build": "tsc"
  },
  "dependencies": {
    "b": "^1.2.3 || >=2.0 <3",
    "c": "workspace:*"
  }
}
"""
TERRAFORM = """resource "a_b" "c" {
  for_each = toset(["x"])
  name     = each.value
}
terraform {
  required_providers {
    a = { source = "x/a", version = "~> 5.0" }
  }
}
"""
BASES = {
    "nginx": NGINX,
    "json": PACKAGE,
    "tf": TERRAFORM,
    "k8s": DEPLOYMENT,
    "compose": COMPOSE,
    "yaml": WORKFLOW,
    "dockerfile": DOCKERFILE,
}
SLIPS = [
    ("k8s", "restartPolicy: Always", "restartPolicy: Never", 18, "Always"),
    ("k8s", "protocol: TCP", "protocol: TPC", 6, "did you mean `TCP`"),
    ("k8s", "containerPort: 8080", "containerPort: 80800", 22, "no port 80800"),
    ("k8s", "port: http}}", "port: htttp}}", 24, "no port `htttp`"),
    ("k8s", "targetPort: http", "targetPort: htp", 6, "no port of the pods"),
    ("k8s", "{app: api}\n  ports", "{app: apii}\n  ports", 5, "no pod in this file"),
    ("k8s", "memory: 128Mi", "memory: 128MB", 25, "a quantity"),
    ("k8s", "[{name: data, mountPath", "[{name: dta, mountPath", 26, "did you mean `data`"),
    ("k8s", "NotRequired", "Always", 23, "RestartContainer"),
    ("compose", "8080:80", "80800:80", 4, "no port 80800"),
    ("compose", "unless-stopped", "unless_stopped", 5, "unless-stopped"),
    ("compose", "interval: 10s", "interval: 10 seconds", 10, "span of time"),
    ("compose", '"CMD", ', "", 9, "CMD-SHELL"),
    ("compose", "image: x:1", "image: x:1\n    image: y", 4, "twice"),
    ("compose", "    image: x:1\n", "", 2, "neither"),
    ("yaml", "0 3 * * *", "0 25 * * *", 2, "no hour 25"),
    ("yaml", "contents: read", "content: read", 3, "did you mean `contents`"),
    ("yaml", "checkout@v4", "checkout", 9, "says no version"),
    ("yaml", "always()", "alwys()", 10, "no function `alwys`"),
    ("yaml", "github.ref", "github.rev", 10, "no `rev`"),
    ("yaml", "github.ref", "gihtub.ref", 10, "did you mean `github`"),
    ("yaml", "runs-on: ubuntu", "runs-on ubuntu", 6, "`:` is missing behind `runs-on`"),
    ("yaml", "    timeout", "     timeout", 7, "5 blanks in"),
    ("yaml", "jobs:", "jobbs:", 4, "did you mean `jobs`"),
    ("compose", "services:", "serivces:", 1, "did you mean `services`"),
    ("k8s", "kind: Deployment", "kind: Deploymnet", 9, "did you mean `Deployment`"),
    ("k8s", "apiVersion: apps/v1", "apiVersion: apps/vv1", 8, "in apps/v1"),
    ("k8s", "kind: Service", "knd: Service", 2, "did you mean `kind`"),
    ("tf", "for_each", "for_ecah", 2, "did you mean `for_each`"),
    ("tf", "resource", "ressource", 1, "did you mean `resource`"),
    ("tf", "version", "verison", 7, "did you mean `version`"),
    ("nginx", "80;", "80q;", 2, "no port 80q"),
    ("nginx", "8m;", "8mb;", 3, "a size"),
    ("nginx", "1m30s", "90sec", 5, "a span of time"),
    ("json", '"tsc"', "5", 5, "is a text"),
    ("json", "^1.2.3 ", "^1.2.3.4 ", 8, "no range"),
    ("json", '<3",', '<3"', 8, "a comma is missing"),
    ("yaml", "ubuntu-latest", "ubuntu-lastest", 6, "ubuntu-latest"),
    ("yaml", "minutes: 10", "minutes: ten", 7, "a number"),
    ("dockerfile", "COPY a b ./", "COPY a b ./x", 2, "to a folder"),
    ("dockerfile", "A=1", "A = 1", 3, "no blanks"),
    ("dockerfile", "8080", "80800", 4, "no port"),
    ("dockerfile", "30s", "30", 5, "span of time"),
    ("dockerfile", '"a"]', "'a']", 7, "no JSON"),
    ("dockerfile", "FROM python:3.12 ", "FROM python:3.12:x ", 1, "two tags"),
]


@pytest.mark.parametrize(("language", "right", "slip", "line", "said"), SLIPS)
def test_a_value_that_nothing_takes_is_told(language: str, right: str, slip: str, line: int, said: str) -> None:
    found = verdict(Block(language, BASES[language].replace(right, slip, 1)), None).findings

    assert [one.line for one in found][:1] == [line], found
    assert said in found[0].message


@pytest.mark.parametrize("language", BASES)
def test_what_is_right_has_no_findings(language: str) -> None:
    assert not verdict(Block(language, BASES[language]), None).findings


def test_a_file_that_is_laid_over_another_may_leave_out_what_that_has() -> None:
    overlay = COMPOSE.replace("    image: x:1\n", "    depends_on: [elsewhere]\n")

    assert verdict(Block("yaml", overlay, path="deploy/compose.prod.yaml"), None).state == "none"


@pytest.mark.parametrize("text", ["*/5 * * * *", "0 9-17 * * MON-FRI", "0,30 0 1 jan ?", "@daily", "TZ=UTC 0 0 * * 7"])
def test_schedules_that_there_are(text: str) -> None:
    assert schedule(text) == ""


@pytest.mark.parametrize("text", ["* * * *", "61 * * * *", "* * * 13 *", "*/0 * * * *", "x * * * *", "@dayly"])
def test_schedules_that_there_are_not(text: str) -> None:
    assert schedule(text)


@pytest.mark.parametrize("text", ["a", "ghcr.io/a/b:1@sha256:00", "localhost:5000/a__b", "${A}:1", "A.example:1/b"])
def test_names_of_images(text: str) -> None:
    assert image_fault(text) == ""


PART = """services:
  web:
    image: x:1
    networks: [front]
    depends_on: [{}]
  db:
    image: x:1
    volumes: ["data:/var/lib/data"]
"""


def test_what_a_part_of_a_compose_file_does_not_declare_is_assumed_and_services_are_told() -> None:
    right, wrong = (verdict(Block("yaml", PART.format(name)), None) for name in ("db", "bd"))

    assert (right.findings, right.assumed) == ((), ("network front", "volume data")), right
    assert [one.line for one in wrong.findings] == [5]


def test_a_table_of_volumes_tells_all_that_there_are() -> None:
    found = verdict(Block("yaml", PART.format("db") + "volumes:\n  dta: {}\n"), None)

    assert [(one.line, "did you mean `dta`" in one.message) for one in found.findings] == [(4, False), (8, True)]


RIGHT = [
    ("bash", "wget -nv -O - https://example.org/x\n"),
    ("dockerfile", "FROM nginx\nCOPY --from=build /app /srv\n"),
    ("yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {b: c}\nsops: {mac: d}\n"),
    ("json", '{"name": "a", "version": "1", "dependencies": {"b": {"version": "1"}}, "lockfileVersion": 1}'),
    ("yaml", "runcmd:\n  - a\n%{ for b in c ~}\n  - d\n%{ endfor ~}\n"),
]


@pytest.mark.parametrize(("language", "code"), RIGHT)
def test_other_right_forms_are_no_findings(language: str, code: str) -> None:
    assert verdict(Block(language, code), None).findings == ()
