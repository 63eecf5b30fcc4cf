"""What boto3's clients have and take, read from botocore's descriptions; where no service is named, nothing is called right."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from storage.checks.python.environment.environments import Environment
from storage.checks.python.gates.fluid import Fluid
from storage.checks.python.library.library import Library
from storage.checks.python.meaning.services import Services
from storage.checks.python.meaning.sight import Sight
from storage.checks.servers import Server

QUEUES = {
    "operations": {
        "SendMessage": {"input": {"shape": "Asked"}},
        "ListQueues": {},
        "ListWebACLs": {},
        "SendWhatsAppTo": {},
    },
    "shapes": {
        "Asked": {
            "members": {"QueueUrl": {}, "MessageBody": {}, "Token": {"idempotencyToken": True}},
            "required": ["QueueUrl", "Token"],
        }
    },
}
PAGES: Mapping[str, object] = {"pagination": {"ListQueues": {}}}


@pytest.fixture
def library(tmp_path: Path) -> Library:
    versions = {"boto3": "1.35.0", "botocore": "1.35.0"}
    made = Environment(tmp_path, "3.11", versions, frozenset(), {}, {}, {}, frozenset())
    for service in ("queues", "s3"):
        folder = made.site / "botocore" / "data" / service / "2020-01-01"
        folder.mkdir(parents=True)
        (folder / "service-2.json").write_text(json.dumps(QUEUES))
        (folder / "paginators-1.json").write_text(json.dumps(PAGES))
    (made.site / "botocore" / "__init__.py").write_text(
        "_xform_cache = {('SendWhatsAppTo', '_'): 'send_whatsapp_to'}\n"
    )
    return Library(made)


def seen(library: Library, code: str) -> Sight:
    """A block that no checker is asked about."""
    return Sight(cast(Server, None), library, Path("block.py"), f"import boto3\n{code}", None)


def said(library: Library, code: str) -> list[str]:
    return [one.message for one in Services(library).findings(seen(library, code), range(1, 99))]


HELD = {
    "a variable": "c = boto3.client('queues')\nc.{}\n",
    "a session's": "s = boto3.Session()\nc = s.client('queues', region_name='x')\nc.{}\n",
    "the service by its argument's name": "c = boto3.client(service_name='queues')\nc.{}\n",
    "an attribute": (
        "class A:\n  def __init__(self, given=None):\n    self.c = given or boto3.client('queues')\n  def f(self):\n    self.c.{}\n"
    ),
    "what a function gives": "def c():\n  return boto3.client('queues')\n\ndef f():\n  c().{}\n",
}


@pytest.mark.parametrize("shape", HELD)
def test_a_client_has_the_operations_of_its_service_wherever_it_is_kept(library: Library, shape: str) -> None:
    code = HELD[shape]

    assert not said(library, code.format("send_message(QueueUrl='a', MessageBody='b')"))
    assert not said(library, code.format("get_paginator('list_queues')"))
    (lacking,) = said(library, code.format("send_mesage(QueueUrl='a')"))
    assert "has no `send_mesage` in boto3 1.35.0; did you mean `send_message`?" in lacking
    (word,) = said(library, code.format("send_message(Queue='a')"))
    assert "takes no argument `Queue`" in word
    (placed,) = said(library, code.format("send_message('a', MessageBody='b')"))
    assert "takes by name only what is given here in its place" in placed
    (needed,) = said(library, code.format("send_message(MessageBody='b')"))
    assert "also needs `QueueUrl` in boto3 1.35.0" in needed
    (pages,) = said(library, code.format("get_paginator('list_queue')"))
    assert "has no paginator `list_queue`; did you mean `list_queues`?" in pages


def test_what_is_added_by_hand_is_added_to_its_own_service_only(library: Library) -> None:
    assert not said(library, "boto3.client('s3').upload_file('a', 'b', 'c')\n")
    assert said(library, "boto3.client('queues').upload_file('a', 'b', 'c')\n")


def test_operations_are_spelt_as_botocore_spells_them(library: Library) -> None:
    assert not said(library, "c = boto3.client('queues')\nc.list_web_acls()\nc.send_whatsapp_to()\n")
    assert len(said(library, "c = boto3.client('queues')\nc.list_web_ac_ls()\nc.send_whats_app_to()\n")) == 2


OTHERS: Mapping[str, str] = {
    "an argument of the same name": "c = boto3.client('queues')\ndef f(c):\n  c.anything()\n",
    "two kinds": "c = boto3.client('queues')\nc = boto3.client('s3')\nc.anything()\n",
    "what a loop brings": "c = boto3.client('queues')\nfor c in []:\n  c.anything()\n",
    "a service that is not named": "def f(kind):\n  c = boto3.client(kind)\n  c.anything()\n",
}


@pytest.mark.parametrize("shape", OTHERS)
def test_what_may_be_something_else_is_not_flagged(library: Library, shape: str) -> None:
    assert not said(library, OTHERS[shape])


@pytest.mark.parametrize(
    "code",
    [
        "def f(kind):\n  c = boto3.client(kind)\n  c.anything()\n",
        "class A:\n  def __init__(self, kind):\n    self.c = boto3.Session().client(kind)\n  def f(self):\n    self.c.anything()\n",
    ],
)
def test_a_client_of_a_service_that_is_not_named_cannot_be_told_of(library: Library, code: str) -> None:
    (why,) = Fluid(library).reasons(seen(library, code), range(1, 99)).values()

    assert "cannot be told: which service of boto3" in why
