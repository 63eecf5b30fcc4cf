"""Templates of CloudFormation, rules of Prometheus, units of systemd: what their publishers do not have is told at its line."""

from __future__ import annotations

import json

import pytest

from bot.capabilities.checks.verdicts import Block
from storage.checks.formats.child import verdict

TEMPLATE = """AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Stage: {Type: String}
Conditions:
  IsLive: !Equals [!Ref Stage, live]
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Condition: IsLive
    Properties:
      VisibilityTimeout: 30
      QueueName: !Sub "jobs-${Stage}"
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}
      Tags: [{Key: a, Value: !If [IsLive, b, !Ref "AWS::NoValue"]}]
  Dead:
    Type: AWS::SQS::Queue
  Worker:
    Type: AWS::Lambda::Function
    DependsOn: [Jobs]
    Properties:
      Code: {ZipFile: "x"}
      Role: !Ref Stage
      Timeout: "30"
      Environment: {Variables: {A: 1}}
"""
RULES = """groups:
  - name: api
    interval: 30s
    rules:
      - alert: Slow
        expr: |
          sum by (job) (rate(http_requests_total{code=~"5.."}[5m]))
            / ignoring(code) rate(http_requests_total[5m]) > 0.1
        for: 10m
        labels: {severity: page}
        annotations: {summary: "{{ $labels.job }} is slow"}
      - record: job:up:sum
        expr: sum by (job) (up)
"""


def looked(code: str, language: str = "yaml") -> list[tuple[int, str]]:
    return [(one.line, one.message) for one in verdict(Block(language, code), None).findings]


@pytest.mark.parametrize(
    ("right", "wrong", "line", "word"),
    [
        ("VisibilityTimeout: 30", "VisibilityTimeoutSeconds: 30", 11, "VisibilityTimeout"),
        ("VisibilityTimeout: 30", "VisibilityTimeout: soon", 11, "number"),
        ("maxReceiveCount: 5", "maxReceives: 5", 13, "maxReceiveCount"),
        ("Type: AWS::SQS::Queue\n    Condition", "Type: AWS::SQS::Queu\n    Condition", 8, "AWS::SQS::Queue"),
        ("Condition: IsLive", "Condition: IsLife", 9, "IsLive"),
        ("!GetAtt Dead.Arn", "!GetAtt Death.Arn", 13, "Dead"),
        ("jobs-${Stage}", "jobs-${Stag}", 12, "Stage"),
        ("DependsOn: [Jobs]", "DependsOn: [Job]", 19, "Jobs"),
        ("    DependsOn:", "    DependOn:", 19, "DependsOn"),
        ("      Role: !Ref Stage\n", "", 21, "needs `Role`"),
        ("{Variables: {A: 1}}", "[{A: 1}]", 24, "an object"),
        ("Conditions:", "Condition:", 4, "Conditions"),
    ],
)
def test_a_slip_in_a_template_of_cloudformation_is_told(right: str, wrong: str, line: int, word: str) -> None:
    assert looked(TEMPLATE) == []
    assert right in TEMPLATE

    assert any(at == line and word in said for at, said in looked(TEMPLATE.replace(right, wrong, 1)))


def test_a_template_in_json_is_held_against_the_same_types_and_macros_of_others_are_left_alone() -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"Delay": 5}}
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"A": queue}}

    assert [
        "`AWS::SQS::Queue` of CloudFormation has no `Delay`" in said for _, said in looked(json.dumps(template), "json")
    ] == [True]
    assert looked(json.dumps({**template, "Transform": "OurMacro"}), "json") == []


@pytest.mark.parametrize(
    ("right", "wrong", "line", "word"),
    [
        ("http_requests_total[5m]) >", "http_requests_total) >", 7, "matrix"),
        ("sum by (job) (up)", "sum by (job) (upp(x))", 13, "upp"),
        ("sum by (job) (up)", "sum by (job) (up", 13, "parenthesis"),
        ("for: 10m", "for: ten", 9, "span of time"),
        ("        labels:", "        label:", 10, "labels"),
        ("    interval:", "    intervall:", 3, "interval"),
    ],
)
def test_a_slip_in_the_rules_of_prometheus_is_told(right: str, wrong: str, line: int, word: str) -> None:
    assert looked(RULES) == []
    assert right in RULES

    assert any(at == line and word in said for at, said in looked(RULES.replace(right, wrong, 1)))


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("rate(a[5m])\n\n# memory\nsum(b) / rate(c)\n", 4),
        ("sum(\n  rate(a)\n)\n", 2),
        ("sum(\n  rate(a[5m])\n)\nup == 0\nb > 1\n", 0),
        ("rate(a[$__rate_interval])", 0),
    ],
)
def test_queries_of_promql_are_read_one_by_one(code: str, line: int) -> None:
    assert [at for at, _ in looked(code, "promql")] == ([line] if line else [])


def test_rules_of_loki_are_left_alone() -> None:
    assert looked(RULES.replace("sum by (job) (up)", """'sum(rate({app="a"} |= "x" [5m]))'""")) == []


UNIT = """[Unit]
Description=Reads a scale
After=network-online.target postgresql.service
StartLimitIntervalSec=5min 20s

[Service]
Type=exec
ExecStart=/usr/bin/read --all \\
  --name=%i
Restart=on-failure
RestartSec=5
ProtectSystem=strict
X-Ours=1

[Install]
WantedBy=multi-user.target
"""


@pytest.mark.parametrize(
    ("right", "wrong", "line", "word"),
    [
        ("RestartSec=5", "StartLimitIntervalSec=5", 11, "[Unit]"),
        ("Type=exec\n", "Type=exec\nWantedBy=a.target\n", 8, "[Install]"),
        ("ProtectSystem", "ProtectSytem", 12, "ProtectSystem"),
        ("on-failure", "on-fail", 10, "on-failure"),
        ("RestartSec=5", "RestartSec=soon", 11, "span of time"),
        ("After=network-online.target", "After=network-online", 3, "network-online.service"),
        ("[Install]", "[Instal]", 15, "Install"),
        ("Type=exec", "Type: exec", 7, "neither"),
    ],
)
def test_a_slip_in_a_unit_of_systemd_is_told(right: str, wrong: str, line: int, word: str) -> None:
    assert looked(UNIT, "systemd") == looked(UNIT, "ini") == []
    assert right in UNIT

    assert any(at == line and word in said for at, said in looked(UNIT.replace(right, wrong, 1), "systemd"))


def test_settings_of_other_programs_are_no_units() -> None:
    assert verdict(Block("ini", "[mysqld]\nport = 3306\n"), None).state == "unchecked"
    assert verdict(Block("systemd", "[Match]\nName=eth0\n"), None).state == "unchecked"
