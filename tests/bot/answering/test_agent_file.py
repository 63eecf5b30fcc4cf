"""Agent files in the usual format are read, and ours keeps every rule of the backend engineer."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.answering import agent_file
from bot.errors import AgentFileError

RULES = {
    # the rule as the user's agent file has it -> the words of ours that keep it
    "Always apply SOLID principles, DRY, modularity": "Apply SOLID, DRY, modularity",
    "Analyze trade-offs, pros and cons before providing solutions": "Weigh trade-offs, pros and cons before",
    "Never suggest non-existent methods or deprecated code": "does not exist, and nothing that is deprecated",
    "Always provide working code with proper imports": "Code works as given, with its imports",
    "Never suggest breaking changes - ensure backward compatibility": "Never suggest a breaking change",
    "Prioritize code that integrates seamlessly with existing systems": "fits into the systems that are there",
    "Context Analysis: examine repository structure, dependencies, documentation first": "Examine first",
    "Requirements Assessment: technical, performance, scalability": "the performance constraints and how far it must scale",
    "Trade-off Evaluation: performance, maintainability, security, development time": "security and development time",
    "Solution Design: optimal solution, complete with working code": "Give the one that fits best, with complete working code",
    "Implementation Guidance: imports, error handling, integration points": "where it joins the existing code",
    "Type-safe code with proper TypeScript annotations": "in TypeScript with proper annotations",
    "Comprehensive error handling and logging": "Comprehensive error handling, and logging",
    "RESTful API design principles or GraphQL best practices": "REST by its design principles, or GraphQL",
    "Queries optimized and secure against injection": "safe against injection",
    "Design patterns (Repository, Factory, Observer)": "(Repository, Factory, Observer",
    "Validation, sanitization, security measures": "Validate and sanitise",
    "Caching strategies and performance optimization": "caching and of what will be slow",
    "Complete, runnable code snippets": "Complete and runnable",
    "Include necessary imports and dependencies": "All necessary imports and dependencies",
    "Clear, concise comments for complex logic": "clear comments where the logic is hard",
    "Testable, follows dependency injection": "dependencies are injected",
    "Works with the project's existing dependency versions": "dependency versions that the project has",
    "Reference existing project structure and patterns": "project's own structure and patterns",
    "Explain reasoning for architectural decisions": "reasoning for architectural decisions",
    "Highlight assumptions": "Say what you assume",
    "Suggest complementary improvements when relevant": "complementary improvements",
    "Provide alternative approaches": "give the alternatives",
    "Prioritize long-term maintainability": "long-term health of the codebase",
    "Expertise: Node.js, TypeScript, Python, Rust, Go, Supabase, PostgreSQL": "Rust, Go, Supabase and\nPostgreSQL",
}

AWKWARD = """---
name: backend-engineer
description: Use this agent when: <example>Context: it is 5: late. user: 'help' assistant: "yes: now"</example>
model: sonnet
color: red
tools: [Read, Grep]
---

You are a hyper-focused engineer.
"""


@pytest.mark.parametrize("rule", RULES)
def test_our_agent_file_keeps_each_rule_of_the_users(rule: str) -> None:
    assert RULES[rule] in agent_file.load().instructions


def test_a_front_matter_that_yaml_refuses_is_read_all_the_same() -> None:
    agent = agent_file.parse(AWKWARD, "x.md")

    assert (agent.name, agent.model) == ("backend-engineer", "sonnet")
    assert agent.description.startswith("Use this agent when: <example>")
    assert agent.instructions == "You are a hyper-focused engineer."


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("just prose", "front matter"),
        ("---\nmodel: opus\n---\nhi", "name"),
        ("---\nname: x\n---\n  \n", "instructions"),
        *(
            (f"---\n{front}\n---\nhi", "front matter")
            for front in (
                "name: [",
                "name: {a",
                'name: "x',
                "name: x\nmodel: [",
                "name: x\ntools: [Read",
                "name: [a]",
                "name: *x",
                "name: 2020-99-99",
                "- a",
            )
        ),
    ],
)
def test_what_is_missing_is_named(text: str, named: str) -> None:
    with pytest.raises(AgentFileError, match=named):
        agent_file.parse(text, "x.md")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xff\xfe\x00binary")

    with pytest.raises(AgentFileError, match=r"a\.md"):
        agent_file.load(tmp_path / "a.md")
