"""What others publish in a package: Terraform's providers by their generated bindings, Ansible's modules."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.capabilities.checks.verdicts import Block, Verdict
from storage.checks.formats.child import verdict
from storage.checks.pins import Pins
from storage.checks.published import Published, wanted
from storage.checks.python.environment.environments import Environment, NoEnvironment
from storage.checks.room import Stand

HEAD = """r'''
# `{called}`

Refer to the Terraform Registry for docs.
'''
"""
DISK = """
class Disk(
    _cdktn_1.TerraformResource,
    metaclass=jsii.JSIIMeta,
):
    def __init__(
        self,
        scope: "_constructs_1.Construct",
        id_: builtins.str,
        *,
        size: jsii.Number,
        is_fast: typing.Optional[typing.Union[builtins.bool, "_cdktn_1.IResolvable"]] = None,
        zones: typing.Optional[typing.Sequence[builtins.str]] = None,
        mount: typing.Optional[typing.Union["_cdktn_1.IResolvable", typing.Sequence[typing.Union["DiskMount", {TABLE}]]]] = None,
        cache: typing.Optional[typing.Union["DiskMount", {TABLE}]] = None,
        count: typing.Optional[jsii.Number] = None,
        lifecycle: typing.Optional[typing.Union["_cdktn_1.TerraformResourceLifecycle", {TABLE}]] = None,
    ) -> None:
        '''Makes one.

        :param size: In gigabytes. Docs at {@link https://registry.example/disk#size Disk#size}
        :param is_fast: Docs at {@link https://registry.example/disk#fast Disk#fast}
        '''

    @builtins.property
    @jsii.member(jsii_name="arn")
    def arn(self) -> builtins.str:
        ...


class DiskMount:
    def __init__(
        self,
        *,
        path: builtins.str,
        owner: typing.Optional[builtins.str] = None,
    ) -> None:
        '''
        :param path: Docs at {@link https://registry.example/disk#path Disk#path}
        '''
"""
DISK = DISK.replace("{TABLE}", "typing.Dict[builtins.str, typing.Any]")
RIGHT = """
resource "acme_disk" "a" {
  count = 2
  size  = "20"
  fast  = true
  zones = ["a", var.b]
  mount {
    path = "/data"
  }
  cache {
    path = "/cache"
  }
  lifecycle {
    prevent_destroy = true
  }
  dynamic "mount" {
    for_each = var.mounts
    content {
      path = mount.value
    }
  }
}
output "arn" {
  value = acme_disk.a[0].arn
}
"""


@pytest.fixture
def bindings(tmp_path: Path) -> Path:
    top = tmp_path / "cdktn_provider_acme"
    (top / "disk").mkdir(parents=True)
    (top / "__init__.py").write_text("r'''\n# CDKTN prebuilt bindings for acme/acme provider version 3.4.1\n'''\n")
    (top / "disk" / "__init__.py").write_text(HEAD.format(called="acme_disk") + DISK)
    return top


def held(code: str, top: Path) -> Verdict:
    return verdict(Block("terraform", code), None, (), {"acme": str(top)})


def test_resources_as_their_provider_takes_them_have_no_problems(bindings: Path) -> None:
    found = held(RIGHT, bindings)

    assert (found.state, found.versions["acme/acme"]) == ("none", "3.4.1"), found


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ("  size  =", "  siz  =", 4, "did you mean `size`"),
        ("fast  = true", 'fast  = "often"', 5, "true or false"),
        ('zones = ["a", var.b]', 'zones = "a"', 6, "a list"),
        ('size  = "20"', 'size  = "much"', 4, "a number"),
        ('    path = "/data"', "", 7, "`mount` needs `path`"),
        ("      path = mount", "      pathh = mount", 19, "`mount` takes no `pathh`"),
        ('"acme_disk"', '"acme_disc"', 2, "has no resource `acme_disc`"),
        ("[0].arn", "[0].arm", 24, "has no `arm`; did you mean `arn`"),
        ("  count = 2", '  arn = "x"', 3, "takes no `arn`"),
        ('  zones = ["a", var.b]', "  zones {}", 6, "`zones` is no block"),
    ],
)
def test_what_a_provider_does_not_have_is_told_at_its_line(
    bindings: Path, before: str, after: str, line: int, said: str
) -> None:
    found = held(RIGHT.replace(before, after, 1), bindings)

    assert any(one.line == line and said in one.message for one in found.findings), found


@pytest.mark.parametrize("wanted", ['version = "~> 2.0"', 'source = "other/acme"'])
def test_of_another_version_or_provider_what_is_far_from_all_that_is_known_is_left_alone(
    bindings: Path, wanted: str
) -> None:
    other = "terraform {\n  required_providers {\n    acme = { " + wanted + " }\n  }\n}\n"

    found = held(other + RIGHT.replace("  count = 2", "  encryption = 2"), bindings)

    assert (found.state, len(found.reasons)) == ("partial", 1), found


def test_a_provider_that_nobody_publishes_is_named_as_not_looked_at() -> None:
    found = verdict(Block("terraform", RIGHT), None)

    assert found.state == "partial"
    assert "`acme`" in found.reasons[0]


def test_packages_are_asked_for_by_what_a_block_says_and_never_for_what_is_built_in() -> None:
    code = 'resource "terraform_data" "a" {}\nresource "acme_disk" "b" {\n  provider = acme-beta.west\n}\n'

    assert wanted([Block("hcl", code)]) == {
        "acme": "cdktn-provider-acme",
        "acme-beta": "cdktn-provider-acme-beta",
    }


FIELDS = "class It:\n    {} = FieldAttribute(isa='list')\n    vars = NonInheritableFieldAttribute(isa='dict')\n"
PLAY = """\
- hosts: all
  become: true
  handlers:
    - name: Restart nginx
      service: {name: nginx, state: restarted}
  tasks:
    - name: Configure
      ansible.builtin.lay:
        dest: "/etc/{{ name }}.conf"
        mode: quick
        after: "^word"
        times: "{{ count }}"
      when: name is defined
      notify: Restart nginx
    - name: Both
      block:
        - acme.tools.thing: {any: 1}
      rescue:
        - service: name=nginx state=started
      when: name
"""


@pytest.fixture
def core(tmp_path: Path) -> Path:
    """A few of the files that ansible-core has, with modules of our own."""
    root = tmp_path / "ansible"
    options = "options:\n  dest:\n    required: true\n  mode:\n    choices: [quick, slow]\n"
    options += "  after:\n    choices: [END, '*pattern*']\n  times:\n    type: int\n"
    files = {
        "release.py": "__version__ = '2.99.1'\n",
        "config/ansible_builtin_runtime.yml": "plugin_routing:\n  modules:\n    thing: {redirect: acme.tools.thing}\n",
        "modules/lay.py": f'DOCUMENTATION = r"""\nmodule: lay\n{options}extends_documentation_fragment: [files]\n"""\n',
        "modules/service.py": 'DOCUMENTATION = r"""\noptions:\n  name:\n    required: true\n  state:\n    type: str\n"""\n',
        "plugins/doc_fragments/files.py": 'class It:\n    DOCUMENTATION = r"""\noptions:\n  owner:\n    type: str\n"""\n',
    }
    words = {"play": "hosts", "task": "when", "block": "block", "notifiable": "notify", "handler": "listen"}
    words |= {
        "conditional": "_rescue",
        "base": "name",
        "taggable": "tags",
        "collectionsearch": "become",
        "delegatable": "always",
    }
    files |= {f"playbook/{file}.py": FIELDS.format(word) for file, word in words.items()}
    files["playbook/play.py"] += "    tasks = FieldAttribute(isa='list')\n    handlers = FieldAttribute(isa='list')\n"
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def played(code: str, root: Path) -> Verdict:
    return verdict(Block("yaml", code), None, (), {"ansible": str(root)})


def test_a_play_as_ansible_takes_it_is_looked_at_but_for_modules_of_others(core: Path) -> None:
    found = played(PLAY, core)

    assert (found.findings, found.versions) == ((), {"Ansible's modules": "2.99.1"}), found
    assert len(found.reasons) == 2


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ("  become:", "  becoem:", 2, "a play has no `becoem`; did you mean `become`"),
        ("        dest:", "        dset:", 9, "did you mean `dest`"),
        ('        dest: "/etc/{{ name }}.conf"', "        owner: root", 8, "`dest` is missing"),
        ("mode: quick", "mode: fast", 10, "quick, slow"),
        ('"{{ count }}"', "many", 12, "a whole number"),
        ("builtin.lay:", "builtin.lya:", 8, "did you mean `lay`"),
        ("      when: name is defined", "      wehn: name is defined", 13, "did you mean `when`"),
        ("name }}.conf", "name }.conf", 9, "no valid template"),
        ("when: name is defined", "when: name is", 13, "no valid template"),
        ("notify: Restart nginx", "notify: restart nginx", 14, "did you mean `Restart nginx`"),
        ("      when: name\n", "      wehn: name\n", 20, "did you mean `when`"),
    ],
)
def test_what_ansible_does_not_know_is_told_at_its_line(
    core: Path, before: str, after: str, line: int, said: str
) -> None:
    found = played(PLAY.replace(before, after, 1), core)

    assert any(one.line == line and said in one.message for one in found.findings), found


@pytest.mark.parametrize("code", ["- name: Build\n  run: make\n  shell: bash\n", "- name: a\n  value: b\n- name: c\n"])
def test_lists_of_other_programs_are_not_taken_for_tasks(core: Path, code: str) -> None:
    found = played(code, core)

    assert (found.findings, "Ansible's modules" in found.versions) == ((), False)


@pytest.mark.parametrize(
    ("code", "is_asked"),
    [(PLAY, True), ("on: push\njobs:\n  a:\n    steps:\n      - name: b\n        run: c\n", False), ("a: 1\n", False)],
)
def test_ansible_is_asked_for_where_a_block_may_be_of_it(code: str, is_asked: bool) -> None:
    assert ("ansible" in wanted([Block("yaml", code)])) == is_asked


class Index:
    """Of environments: the one that is asked for, or none."""

    def __init__(self, folder: Path | None) -> None:
        self.folder, self.asked = folder, list[tuple[str, ...]]()

    async def of(self, pins: Pins) -> Environment:
        self.asked.append(pins.wanted)
        if self.folder is None:
            raise NoEnvironment("no package index")
        return Environment(self.folder, "3.14", {"ansible-core": "2.99.1"}, frozenset(), {}, {}, {}, frozenset())


@pytest.mark.parametrize(
    ("pinned", "line"), [({}, "ansible-core"), ({"ansible-core": "2.99.1"}, "ansible-core==2.99.1")]
)
async def test_the_version_that_the_team_pins_is_fetched_and_else_the_newest(
    tmp_path: Path, pinned: dict[str, str], line: str
) -> None:
    index = Index(tmp_path)

    found = await Published(index, 30).folders([Block("yaml", PLAY)], Stand(Pins("3.11", pinned)))

    assert index.asked == [(line,)]
    assert found["ansible"].endswith("site-packages/ansible")


async def test_without_an_index_nothing_is_published() -> None:
    assert await Published(Index(None), 30).folders([Block("yaml", PLAY)], Stand(Pins("3.11"))) == {}


async def test_what_takes_longer_than_an_answer_waits_is_fetched_to_its_end_for_the_next_one(tmp_path: Path) -> None:
    index, is_there = Index(tmp_path), asyncio.Event()

    class Slow(Index):
        async def of(self, pins: Pins) -> Environment:
            await is_there.wait()
            return await index.of(pins)

    published = Published(Slow(None), 0)
    said = [await published.folders([Block("yaml", PLAY)], Stand(Pins("3.11"))) for _ in range(2)]
    is_there.set()
    await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})
    await published.stop()

    assert said == [{"ansible": ""}] * 2
    assert index.asked == [("ansible-core",)]


def test_what_is_still_being_fetched_is_said_to_be() -> None:
    found = verdict(Block("terraform", RIGHT), None, (), {"acme": ""})

    assert (found.state, "still being fetched" in found.reasons[0]) == ("partial", True)
