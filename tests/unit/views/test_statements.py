"""Statements in all languages: cut where a reader expects, and of the same form whatever layout, names, literals and modifiers are."""

import re

import numpy as np
import pytest

from simfilter.views.code import IDENTIFIER, NUMBER, STRING, CodeTokens, code_tokens
from simfilter.views.statements import pair_hashes
from simfilter.views.tokens import PUBLIC_KEY
from tests.oracle.statement import WORDS_IN_FRONT
from tests.unit.views.snippets import SNIPPETS
from tests.unit.views.test_code import edited

LANGUAGES = sorted(SNIPPETS)
BRACED = ["javascript", "typescript", "tsx", "java", "c", "cpp", "csharp", "php"]


def tokens_of(source: str, language: str) -> CodeTokens:
    return code_tokens(source.encode(), language, key=PUBLIC_KEY)


def cut(source: str, language: str) -> list[str]:
    """The statements, their tokens one space apart."""
    data, tokens = source.encode(), tokens_of(source, language)
    words = [data[a:b].decode() for a, b in zip(tokens.starts.tolist(), tokens.ends.tolist(), strict=True)]
    statements = tokens.statements
    return [" ".join(words[a : a + n]) for a, n in zip(statements.first.tolist(), statements.length.tolist(), strict=True)]


def forms(source: str, language: str) -> list[int]:
    return tokens_of(source, language).statements.hashes.tolist()


CUT = {
    "python": ["def tide ( level , hours ) :", "total = 0", "for hour in range ( hours ) :", "total += level * hour + 12",
               'return "tide %d" % total'],
    "javascript": ["function tide ( level , hours )", "total = 0", "for ( let hour = 0 ; hour < hours ; hour ++ )",
                   "total += level * hour + 12", "console . log ( `tide  ${ total } ` )", "return", 'total : total , name : "tide"'],
    "typescript": ["interface Tide", "level : number", "hours : number", "function tide ( input : Tide ) : string",
                   "total : number = input . level * input . hours + 12", 'return "tide " + total'],
    "java": ["class Harbour", "int level", "String tide ( int hours )", "int total = 0",
             "for ( int hour = 0 ; hour < hours ; hour ++ )", "total += level * hour + 12", 'System . out . println ( "tide " + total )',
             "return String . valueOf ( total )"],
    "c": ["int total = 0", "for ( int hour = 0 ; hour < hours ; hour ++ )", "total += level * hour + 12",
          'printf ( "tide %d\\n" , total )', "return total"],
    "cpp": ["T total = 12", "for ( const auto & level : levels )", "total += level", 'return "tide " + std :: to_string ( total )'],
    "csharp": ["using System", "namespace Harbour", "class Tide", "int Level", "get", "set", "string Total ( int hours )",
               "total = Level * hours + 12", 'Console . WriteLine ( "tide " + total )', "return total . ToString ( )"],
    "go": ["package harbour", 'import "fmt"', "func tide ( level int , hours int ) ( int , error )", "total := 0", "for hour := 0",
           "hour < hours", "hour ++", "total += level * hour + 12", 'fmt . Println ( "tide" , total )', "return total , nil"],
    "rust": ["fn tide ( level : i64 , hours : i64 ) -> String", "total = 0", "for hour in 0 .. hours", "total += level * hour + 12",
             'println ! ( "tide {}" , total )', "total . to_string ( )"],
    "ruby": ["def tide ( level , hours )", "total = 0", "hours . times do | hour | total += level * hour + 12", "end",
             'puts "tide  #{ total } "', "@last = total", "end"],
    "php": ["for ( $ hour = 0 ; $ hour < $ hours ; $ hour ++ )", "$ total += $ level * $ hour + 12", 'echo "tide  $ total "',
            "return $ total"],
    "kotlin": ["fun tide ( level : Int , hours : Int ) : String", "total = 0", "for ( hour in 0 until hours )",
               "total += level * hour + 12", 'println ( "tide $total" )', "return total . toString ( )"],
    "swift": ["func tide ( level : Int , hours : Int ) -> String", "total = 0", "for hour in 0 ..< hours", "total += level * hour + 12",
              'print ( "tide  \\( total ) " )', "return String ( total )"],
    "scala": ["object Harbour", "def tide ( level : Int , hours : Int ) : String =",
              "total = ( 0 until hours ) . map ( hour => level * hour + 12 ) . sum", 'println ( "tide " + total )', "total . toString"],
    "bash": ["tide ( )", "local level = $ 1 total = 0", "for hour in 1 2 3", "do", "total = $(( total + level * hour + 12 ))", "done",
             'if [[ " $ total " -gt 12 ]]', "then", 'echo "tide  $ total "', "fi", "tide 4"],
}
"""What stands among the statements of each snippet, in this order."""


@pytest.mark.parametrize("language", CUT)
def test_cut_where_a_reader_expects(language: str) -> None:
    found = cut(SNIPPETS[language], language)
    at = found.index(CUT[language][0])
    assert found[at : at + len(CUT[language])] == CUT[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_statements_are_stretches_of_tokens(language: str) -> None:
    tokens = tokens_of(SNIPPETS[language], language)
    statements = tokens.statements
    ends = statements.first.astype(np.int64) + statements.length
    assert len(statements) == len(statements.length) == len(statements.hashes) > 0
    assert (statements.length > 0).all() and (ends[:-1] <= statements.first[1:]).all() and ends[-1] <= len(tokens)
    inside = np.concatenate([np.arange(a, b) for a, b in zip(statements.first, ends, strict=True)])
    data = SNIPPETS[language].encode()
    left = {data[tokens.starts[at] : tokens.ends[at]] for at in np.setdiff1d(np.arange(len(tokens)), inside)}
    assert left <= {b"{", b"}", b";", *WORDS_IN_FRONT}
    assert (statements.hashes > 0).all() and len(cut(SNIPPETS[language], language)) == len(statements)


def test_sql_has_one_statement_a_semicolon() -> None:
    assert cut("SELECT a FROM b;\nDELETE FROM c\nWHERE d = 1;", "sql") == ["SELECT a FROM b", "DELETE FROM c WHERE d = 1"]


SAME = {
    "python: one line or two": ("python", "if x: y(x)\nelse: z()", "if x:\n    y(x)\nelse:\n    z()"),
    "python: loops in one line": ("python", "for a in b: c(a); d(a)", "for a in b:\n\tc(a)\n\td(a)"),
    "python: try": ("python", "try: f()\nexcept E: g()\nfinally: h()", "try:\n    f()\nexcept E:\n    g()\nfinally:\n    h()"),
    "python: with, def, class": ("python", "with a as b: c\ndef f(x): return x\nclass D: e = 1",
                                 "with a as b:\n    c\ndef f(x):\n    return x\nclass D:\n    e = 1"),
    "python: lines in brackets": ("python", "x = f(a, b)\ny = [1, 2]", "x = f(\n    a,\n    b)\ny = [1,\n     2]"),
    "python: backslash": ("python", "x = a + b\ny = 1", "x = a + \\\n    b\ny = 1"),
    "python: semicolons": ("python", "a = 1; b = 2; c(a)", "a = 1\nb = 2\nc(a)"),
    "python: async": ("python", "async def f(x):\n    pass", "def f(x):\n    pass"),
    "python: comments": ("python", "x = a\ny = b", "# first\nx = a  # one\n\n# then\ny = b"),
    "javascript: chains": ("javascript", "const x = a.map(f).filter(g).sort();\nh(x);",
                           "const x = a\n  .map(f)\n  .filter(g)\n  .sort()\nh(x)"),
    "javascript: operators": ("javascript", "let x = a && b || c;\nf(x);", "let x = a &&\n  b ||\n  c\nf(x)"),
    "javascript: operators in front": ("javascript", "let x = a && b ? c : d;\nf(x);", "let x = a\n  && b\n  ? c : d\nf(x)"),
    "javascript: arguments": ("javascript", "f(a, b, c); g();", "f(\n  a,\n  b,\n  c\n)\ng()"),
    "javascript: semicolons": ("javascript", "let a = 1; b(a); return a", "let a = 1\nb(a)\nreturn a"),
    "javascript: callbacks with a template": ("javascript", "run(() => { log(`a ${b} c`); f(1); g(2); }); k();",
                                              "run(() => {\n  log(`a ${b} c`)\n  f(1)\n  g(2)\n})\nk()"),
    "go: chains": ("go", "func f() {\n\tx := a.B().C()\n\td(x)\n}", "func f() {\n\tx := a.\n\t\tB().\n\t\tC()\n\td(x)\n}"),
    "kotlin: chains": ("kotlin", "val x = a.map(f).first()\ng(x)", "val x = a\n    .map(f)\n    .first()\ng(x)"),
    "kotlin: else": ("kotlin", "fun f() {\n    if (a) b()\n    else c()\n}",
                     "fun f() {\n    if (a) {\n        b()\n    } else {\n        c()\n    }\n}"),
    "swift: chains": ("swift", "let x = a.map(f).first\ng(x)", "let x = a\n    .map(f)\n    .first\ng(x)"),
    "ruby: chains": ("ruby", "x = a.map(f).first\ng(x)", "x = a\n  .map(f)\n  .first\ng(x)"),
    "rust: lines": ("rust", "fn f() { let x = a.b().c(); d(x); }", "fn f() {\n    let x = a\n        .b()\n        .c();\n    d(x);\n}"),
    "bash: semicolons": ("bash", "for x in 1 2; do f $x; done", "for x in 1 2\ndo\n  f $x\ndone"),
    "c: else if": ("c", "void f(void) { if (a) b(); else if (c) d(); else e(); }",
                   "void f(void)\n{\n  if (a) {\n    b();\n  } else if (c) {\n    d();\n  } else {\n    e();\n  }\n}"),
    "c: do": ("c", "void f(void) { do a(); while (b); }", "void f(void) { do { a(); } while (b); }"),
    "java: modifiers": ("java", "class A { public static final int b = 1; private C d; }", "class A { int b = 1; C d; }"),
    "java: synchronized": ("java", "class A { void f() { synchronized (b) { c(); } } }", "class A { void f() { synchronized (b) c(); } }"),
    "javascript: const": ("javascript", "const a = f();", "let a = f();"),
    "javascript: var": ("javascript", "export const a = f();", "var a = f();"),
    "rust: pub and mut": ("rust", "pub fn f() { let mut a = 1; }", "fn f() { let a = 1; }"),
    "c: static": ("c", "static inline int f(int a) { const long b = 1; }", "int f(int a) { long b = 1; }"),
    "csharp: modifiers": ("csharp", "class A { private readonly int b; public int C() { var d = 1; } }",
                          "class A { internal int b; protected int C() { d = 1; } }"),
    "kotlin: val": ("kotlin", "private val a = 1", "var a = 1"),
    "swift: let": ("swift", "public let a = 1", "var a = 1"),
    "scala: val": ("scala", "object A {\n  private val b = 1\n}", "object A {\n  var b = 1\n}"),
}


@pytest.mark.parametrize("case", SAME)
def test_layout_and_modifiers_do_not_show(case: str) -> None:
    language, one, other = SAME[case]
    assert forms(one, language) == forms(other, language), (cut(one, language), cut(other, language))
    assert len(forms(one, language)) > 0


@pytest.mark.parametrize("language", BRACED)
@pytest.mark.parametrize("head", ["if (x)", "while (x)", "for (;;)"])
def test_braces_do_not_show(language: str, head: str) -> None:
    before, behind = {"java": ("class A { void g() { ", " } }"), "csharp": ("class A { void g() { ", " } }"),
                      "php": ("<?php function g() { ", " }")}.get(language, ("void g() { " if language in ("c", "cpp") else
                                                                             "function g() { ", " }"))
    if language == "php":
        head = head.replace("x", "$x")
    bare, braced, spread = (before + head + body + behind for body in (" y(1); z();", " { y(1); } z();", "\n{\n  y(1);\n}\nz();"))
    assert forms(bare, language) == forms(braced, language) == forms(spread, language)
    assert head.replace(" ", "") in [statement.replace(" ", "") for statement in cut(bare, language)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_between_and_around_do_not_show(language: str) -> None:
    source = SNIPPETS[language]
    if language not in ("python", "php"):
        spread = "\n\n" + re.sub(r"\n", "\n\n    ", source)
        assert forms(spread, language) == forms(source, language)
    assert forms(source.replace("\n", "\n\n"), language) == forms(source, language)
    assert forms(source + "\n\n", language) == forms(source, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_other_names_do_not_show(language: str) -> None:
    source = SNIPPETS[language]
    tokens = tokens_of(source, language)
    names: dict[str, str] = {}

    def change(name: str) -> str:
        return names.setdefault(name, f"qx{len(names)}") if name.isidentifier() and name[0].islower() else name

    other = edited(source, tokens, IDENTIFIER, change)
    assert other != source and forms(other, language) == forms(source, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_other_literals_do_not_show(language: str) -> None:
    source = SNIPPETS[language]
    other = edited(source, tokens_of(source, language), NUMBER, lambda number: number.replace("12", "775"))
    other = edited(other, tokens_of(other, language), STRING, lambda string: string.replace("tide", "ebb and flow"))
    assert other != source and forms(other, language) == forms(source, language)


EXCHANGED = [("* hour", "- hour"), ("*hour", "-hour"), ("* $hour", "- $hour"), ("hours +", "hours -"), ("* hours", "- hours"),
             ("level * 12", "level - 12"), ("+= level", "-= level")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_operator_shows_in_its_statement_alone(language: str) -> None:
    source = SNIPPETS[language]
    old, new = next(pair for pair in EXCHANGED if pair[0] in source)
    other = source.replace(old, new, 1)
    before, after = forms(source, language), forms(other, language)
    assert len(before) == len(after)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_statements_are_told_by_what_they_share() -> None:
    """Two of the same form, with the same names and with others: the pair shows it."""
    tokens = tokens_of("a = b\nb = c\nd = e\n", "python")
    hashes = tokens.statements.hashes
    assert hashes[0] == hashes[1] == hashes[2]
    number = np.arange(2, dtype=np.uint32)
    chained, strange = pair_hashes(tokens.statements, number, number + 1).tolist()
    assert chained != strange
    again = tokens_of("x = 1\ny = z\nz = x\n", "python")
    assert pair_hashes(again.statements, number[1:], number[1:] + 1).tolist() == [chained]


@pytest.mark.parametrize("language", LANGUAGES)
def test_partial_and_hostile_code_is_cut_too(language: str) -> None:
    source = SNIPPETS[language]
    for text in (source[: len(source) // 2], source[len(source) // 3 :], "", "\n", "\0;\0", "{" * 3000, "}" * 3000, ")}]" * 1000,
                 "(" * 200 + "a;\n" * 200, "x + " * 500, "é = 'x';\n漢()\n"):
        tokens = tokens_of(text, language)
        statements = tokens.statements
        ends = statements.first.astype(np.int64) + statements.length
        assert (statements.length > 0).all() and (statements.length <= 64).all() and (ends <= len(tokens)).all()
        assert (ends[:-1] <= statements.first[1:]).all()
