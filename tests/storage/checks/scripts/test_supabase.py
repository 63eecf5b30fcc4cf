"""Columns that a query of Supabase's client names, against the types that are generated for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.capabilities.checks.verdicts import Block
from storage.checks.scripts.blocks import placing, reading
from storage.checks.scripts.blocks.written import Written
from storage.checks.scripts.findings import supabase
from storage.checks.scripts.team import documents
from storage.checks.scripts.team.project import Project

TYPES = """export type Database = {
  public: {
    Tables: {
      invoices: {
        Row: { id: number; amount_cents: number; profile_id: string; meta: Json }
        Insert: { id?: number }
        Relationships: []
      }
      profiles: { Row: { id: string; full_name: string | null }; Insert: { id: string } }
    }
    Views: { totals: { Row: { month: string | null } } }
    Functions: { [_ in never]: never }
  }
  billing: { Tables: { invoices: { Row: { code: string } } }; Views: { [_ in never]: never } }
}
"""


def found(root: Path, body: str) -> list[tuple[int, str]]:
    (root / "database.types.ts").write_text(TYPES)
    code = f"import {{ supabase }} from './client';\n{body}\n"
    snippet = reading.read("ts", code)
    files = placing.files_of(root)
    document = documents.made(
        Block("ts", code), 1, snippet, Project(root, {}, frozenset()), Written(), placing.at("", (), files, {}), files
    )
    return [(one.line, one.message) for one in supabase.lacking(document, root)]


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        ("await supabase.from('profiles').select('id, nick');", 2, "`profiles` has no column `nick`"),
        ("await supabase.from('invoices').select().eq('user_id', 1);", 2, "`invoices` has no column `user_id`"),
        (
            "await supabase\n  .from('totals')\n  .select('month')\n  .order('year');",
            5,
            "`totals` has no column `year`",
        ),
        ("await supabase.from('invoices').select('id, p:profiles!inner(nick)');", 2, "`profiles` has no column `nick`"),
        (
            "let query = supabase.from('invoices').select('*');\nquery = query.gt('cents', 3);",
            3,
            "`invoices` has no column `cents`",
        ),
        (
            "await supabase.schema('billing').from('invoices').select(`\n  code,\n  id\n`);",
            4,
            "`invoices` has no column `id`",
        ),
        ("await supabase.from('profiles').upsert([{ id,\n  nick: 1 }]);", 3, "`profiles` has no column `nick`"),
        ("await supabase.from('profiles').select().match({ nick });", 2, "`profiles` has no column `nick`"),
        ("await supabase.from('profiles').update({ id }).eq('ID', id);", 2, "`profiles` has no column `ID`"),
    ],
)
def test_a_column_that_is_not_there_is_told_though_no_row_is_used(
    tmp_path: Path, body: str, line: int, said: str
) -> None:
    assert found(tmp_path, body) == [(line, said)]


@pytest.mark.parametrize(
    "body",
    [
        "await supabase.from('profiles').select('*, name:full_name, invoices(count)').eq('id', 1).order('full_name');",
        "await supabase.from('invoices').select('id::text, amount_cents.sum(), meta->>note, owner:profile_id(nick)');",
        "await supabase.from('invoices').select('id').eq('profiles.nick', 1).order('nick', { referencedTable: 'profiles' });",
        "await supabase.from('later').select('anything').eq('nothing', 1);",
        "await supabase.storage.from('invoices').list('nick');\nstack.is('nick');",
        "await supabase.from('invoices').select(`id, ${more}`).eq(name, 1).filter('meta->>a', 'eq', 1);",
        "let query = supabase.from('invoices').select();\nif (own) query = supabase.from('totals').select();\nquery.eq('month', 1);",
        "await supabase.from('profiles').upsert({ id, ...more, full_name: { nick: 1 } });",
        "await supabase.schema(tenant).from('invoices').select('code');",
    ],
)
def test_what_the_types_have_or_nobody_can_tell_is_no_finding(tmp_path: Path, body: str) -> None:
    assert found(tmp_path, body) == []
