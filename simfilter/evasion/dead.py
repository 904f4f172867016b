"""Dead code: statements without effect, put between those that have one."""

from __future__ import annotations

import random
import re

from simfilter.evasion.names import WORDS, Fresh
from simfilter.evasion.syntax import LINES_MATTER, Edit, blocks, edited, line_end, to_text
from simfilter.views.tokens import encode

_JAVASCRIPT = (
    "let {a} = {n};", "const {a} = [];", 'let {a} = "{w}";', "const {a} = {{ {b}: {n} }};", "if ({n} > {m}) {{\n\tconsole.log({n});\n}}",
    "for (let {a} = 0; {a} < 0; {a}++) {{\n\tcontinue;\n}}", "const {a} = Math.max({n}, {m});", "const {a} = ({b}) => {b} * {n};",
    'let {a} = "{w}".length + {n};',
)
_C = (
    "int {a} = {n};", 'const char *{a} = "{w}";', "int {a} = {n}, {b} = {m};", "unsigned long {a} = {n} * {m};",
    'if ({n} > {m}) {{\n\tprintf("{w}");\n}}', "for (int {a} = 0; {a} < 0; {a}++) {{\n\tcontinue;\n}}", "int {a}[{n}] = {{0}};",
    "size_t {a} = sizeof(int) * {n};", "while (0) {{\n\tint {a} = {n};\n}}",
)
TEMPLATES: dict[str, tuple[str, ...]] = {
    "python": (
        "{a} = {n}", "{a} = []", "{a}, {b} = {n}, {m}", 'if {n} > {m}:\n\tprint("{w}")', "for {a} in range(0):\n\tpass",
        '{a} = len("{w}") + {n}', "{a} = {{}}", "{a} = [{b} * {n} for {b} in range({m})]", "assert {n} != {m}", '{a} = "{w}".upper()',
    ),
    "javascript": _JAVASCRIPT, "typescript": _JAVASCRIPT, "tsx": _JAVASCRIPT,
    "java": (
        "int {a} = {n};", 'String {a} = "{w}";', "List<String> {a} = new ArrayList<>();", "double {a} = Math.sqrt({n}) + {m};",
        'if ({n} > {m}) {{\n\tSystem.out.println("{w}");\n}}', "for (int {a} = 0; {a} < 0; {a}++) {{\n\tcontinue;\n}}",
        "boolean {a} = {n} == {m};", "int[] {a} = new int[{n}];", "long {a} = System.currentTimeMillis() - {n};",
    ),
    "csharp": (
        "int {a} = {n};", 'string {a} = "{w}";', "var {a} = new List<string>();", "double {a} = Math.Sqrt({n}) + {m};",
        'if ({n} > {m}) {{\n\tConsole.WriteLine("{w}");\n}}', "for (int {a} = 0; {a} < 0; {a}++) {{\n\tcontinue;\n}}",
        "bool {a} = {n} == {m};", "int[] {a} = new int[{n}];",
    ),
    "c": _C,
    "cpp": (*_C[:-2], "auto {a} = {n} + {m};", 'std::string {a} = "{w}";', "std::vector<int> {a};"),
    "go": (
        "{a} := {n}", 'var {a} string = "{w}"', "_ = {n} + {m}", "{a}, {b} := {n}, {m}", 'if {n} > {m} {{\n\tfmt.Println("{w}")\n}}',
        "for {a} := 0; {a} < 0; {a}++ {{\n\tcontinue\n}}", "{a} := make([]int, {n})", '{a} := len("{w}") * {n}',
        "{a} := map[string]int{{}}",
    ),
    "rust": (
        "let {a} = {n};", 'let {a} = "{w}".to_string();', "let mut {a}: Vec<i32> = Vec::new();", "let ({a}, {b}) = ({n}, {m});",
        'if {n} > {m} {{\n\tprintln!("{w}");\n}}', "for {a} in 0..0 {{\n\tlet _ = {a};\n}}", "let {a} = std::cmp::max({n}, {m});",
        "let {a} = |{b}: i32| {b} * {n};", "debug_assert!({n} != {m});",
    ),
}
"""Statements in each language: {a} and {b} are fresh names, {n} and {m} numbers, n the smaller, {w} a word; a tab is one more indent."""


def code(text: str, rng: random.Random, language: str, *, every: int) -> str:
    """A dead statement behind one in ``every`` of each block's; languages without templates stay as they are."""
    if language not in TEMPLATES:
        return text
    source = encode(text)
    fresh = Fresh(rng, set(re.findall(r"\w+", text)), language)
    groups: list[tuple[Edit]] = []
    for block in blocks(source, language):
        for statement in block.statements[every - 1 :: every]:
            if language in LINES_MATTER and not statement.alone:
                continue
            at = line_end(source, statement.end) if language in LINES_MATTER else statement.end
            groups.append(((at, at, _statement(rng, fresh, language, block.indent)),))
    return to_text(edited(source, groups, language))


def _statement(rng: random.Random, fresh: Fresh, language: str, indent: bytes) -> bytes:
    n = rng.randrange(1, 60)
    filled = rng.choice(TEMPLATES[language]).format(a=fresh.like(), b=fresh.like(), n=n, m=n + rng.randrange(1, 60), w=rng.choice(WORDS))
    start = "\n" + to_text(indent)
    deeper = "\t" if b"\t" in indent else "    "
    return encode(start + filled.replace("\n", start).replace("\t", deeper))
