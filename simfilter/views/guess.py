"""What language unlabelled code is in: signs of each language make a short list, its grammars' errors decide."""

from __future__ import annotations

import re

from simfilter.errors import GrammarError
from simfilter.views.languages import language_of_shebang, parser
from simfilter.views.tokens import encode

_CODE_LINE = re.compile(
    r"^[ \t]*(?:"
    r"(?:[#@]\w[\w.]*|[{}()\[\]]+[;,]?)[ \t]*$"  # decorators, directives, lone brackets
    r"|.*(?:[;{]|\)\s*:|\belse:|\btry:|=>|\bdo|\bthen)[ \t]*$"  # ends as statements and blocks do
    r"|(?:def|class|func|fn|function|fun|import|from|package|using|namespace|public|private|protected|static|const|let|var|val|struct|"
    r"enum|impl|use|return|if|for|while|elif|else|try|except|catch|switch|case|require|include|SELECT|INSERT|CREATE|UPDATE|DELETE|echo|"
    r"export|local|end|fi|done|esac|#include|#define|@\w+)\b(?:.*[(){}=<>;:\[\]\"'].*|[ \t]*)$"
    r"|[\w.$\[\]'\"*&>-]+[ \t]*(?:[-+*/|&:]?=|\+\+|--)[ \t]*\S.*$"  # assignments
    r"|[\w.:>-]+\(.*\)[ \t]*;?[ \t]*$"  # calls
    r"|(?://|#|--|/\*|\*)[ \t].*$"  # comments
    r")", re.MULTILINE)
_LEAST_SHARE = 0.6
_LONGEST_LINE = 200
"""Longer lines are paragraphs."""

_SIGNS = {name: re.compile(pattern, re.MULTILINE) for name, pattern in {
    "python": r"^\s*(?:def \w+\(.*|class \w+.*:|from [\w.]+ import |import [\w.]+(?: as \w+)?$|elif .*:$|if .*:$|for .* in .*:$|while .*:$|"
              r"with .*:$|except\b.*:$|return\b|@\w+)|\bself\.|\bNone\b|\bTrue\b|\bFalse\b|\bprint\(|\blen\(",
    "javascript": r"\bfunction\b|=>|\bconst \w+ =|\blet \w+ =|\bvar \w+ =|===|\bconsole\.log|\brequire\(|\bundefined\b|\basync \w|\$\{",
    "typescript": r":\s*(?:string|number|boolean|void|any|unknown|Promise<)\b|\binterface \w+ \{|\btype \w+ =|\breadonly \w|\bas const\b|\benum \w+ \{",
    "tsx": r"<\w+[^>]*>.*</\w+>|className=|React\.FC",
    "java": r"\b(?:public|private|protected) (?:static |final |abstract )*[\w<>\[\]]+ \w+\s*[({=;]|\bSystem\.out\.|\bnew \w+<?.*>?\(|\bimport java|"
            r"\bString\[\]|@Override|\bfinal \w+ \w+|\bthrows \w+",
    "c": r"^\s*#\s*(?:include|define|ifdef|ifndef)\b|\b(?:int|char|void|size_t|unsigned|struct \w+|static) \**\w+\s*[(=;\[]|->\w|\bNULL\b|\bprintf\(|"
         r"\bmalloc\(|\bsizeof\b",
    "cpp": r"\bstd::|\btemplate\s*<|\bcout\b|\bnamespace \w+|\bclass \w+ (?:final )?[:{]|\bauto \w+ =|\bnullptr\b|::\w+\(|\bconst \w+ ?&|\bpublic:",
    "csharp": r"\busing System|\bnamespace [\w.]+|\bConsole\.|\bpublic (?:async )?\w+ \w+ \{ get;|\bvar \w+ = new\b|\bstring \w+|\bforeach \(|\bTask<|"
              r"=> \w+\.|\bpublic (?:class|record|override|static|async|readonly)",
    "go": r"\bfunc (?:\(\w+ \*?\w+\) )?\w+\(|:=|\bpackage \w+$|\bfmt\.|\bdefer \w|\bchan \w|\berr != nil|\binterface\{|\btype \w+ struct|\brange \w",
    "rust": r"\bfn \w+|\blet mut\b|\bimpl\b|\bpub (?:fn|struct|enum|mod|use)\b|\bmatch \w|->\s*\w+|&mut |&str|\bprintln!|\bvec!|\bOption<|\bResult<|"
            r"\bSome\(|\bunwrap\(|#\[\w+|\blet \w+(?:: \w+)? =",
    "ruby": r"^\s*def \w+[^:]*$|^\s*end\s*$|\bdo \|.*\||\bputs \w|\battr_\w+|\brequire '|\bnil\b|\.each\b|@\w+ =|\belsif\b|\bunless\b|^\s*module \w",
    "php": r"<\?php|\$\w+\s*=|\$this->|\becho \$?|\bfunction \w+\(.*\$|->\w+\(|\bforeach \(\$|\barray\(",
    "kotlin": r"\bfun \w*[<(.]|\bval \w+|\bvar \w+: |\bdata class\b|\bwhen\s*[({]|\bcompanion object\b|\bprintln\(|\?\.|\?:|: \w+\? ",
    "swift": r"\bfunc \w+\(.*\)(?: throws)?(?: ->.*)?\s*\{|\bguard let\b|\bif let\b|\blet \w+(?:: \w+)? =|\bvar \w+: \w+|\bprint\(|\bimport (?:UI|Foundation|Swift)|"
             r"\bself\.\w|\bextension \w|\bprotocol \w",
    "scala": r"\bdef \w+.*=\s*\{?$|\bval \w+|\bobject \w+|\bcase class\b|\btrait \w+|\bmatch \{|\bcase .*=>|\bextends \w+ with|\bimplicit\b|: \w+\[\w+\]",
    "bash": r"^\s*(?:fi|done|esac|then)\b|\bif \[\[? |\$\{?\w+|\becho [\"$\w]|\bfor \w+ in |^\s*\w+=\S|\$\(|\bgrep\b|\bsudo\b|\bexport \w+=",
    "sql": r"(?i)\bselect\b.*|\bfrom \w+|\bwhere\b|\bcreate (?:table|view|index|or replace)\b|\binsert into\b|\bgroup by\b|\border by\b|\bjoin \w+",
}.items()}
_SHORT_LIST = 5
_MOST_CHARACTERS = 8000


def looks_like_code(text: str) -> bool:
    """Whether a text without fences is bare code rather than prose; cheap, for every answer is asked.

    >>> looks_like_code("def f(x):\\n    return x + 1\\n"), looks_like_code("Call me Ishmael. Some years ago\\nnever mind how long")
    (True, False)
    """
    head = text[:_MOST_CHARACTERS]
    lines = [line for line in head.splitlines() if line.strip()]
    if len(lines) < 2:
        return False
    hits = 0
    for seen, line in enumerate(lines, 1):
        hits += len(line) <= _LONGEST_LINE and _CODE_LINE.match(line) is not None
        if seen >= 12 and hits < 0.25 * seen:
            return False
    return hits >= _LEAST_SHARE * len(lines)


def guess_language(text: str) -> str | None:
    """The language ``text`` is written in, or None when nothing speaks for any.

    >>> guess_language("func add(a int, b int) int {\\n\\treturn a + b\\n}\\n")
    'go'
    """
    if (named := language_of_shebang(text)) is not None:
        return named
    head = text[:_MOST_CHARACTERS]
    signs = {name: len(pattern.findall(head)) for name, pattern in _SIGNS.items()}
    short_list = sorted((name for name in signs if signs[name]), key=lambda name: -signs[name])[:_SHORT_LIST]
    if not short_list:
        return None
    data = encode(head)
    best = max(signs.values())
    scored = []
    for name in short_list:
        try:
            errors = _error_share(data, name)
        except GrammarError:
            continue
        scored.append((errors - 0.15 * signs[name] / best, name))
    return min(scored)[1] if scored else None


def _error_share(data: bytes, language: str) -> float:
    """Share of the bytes that stand in erroneous nodes of the tree."""
    root = parser(language).parse(data).root_node
    if not root.has_error:
        return 0.0
    bad = 0
    todo = [root]
    while todo:
        node = todo.pop()
        if node.is_error or node.is_missing:
            bad += max(1, node.end_byte - node.start_byte)
        elif node.has_error:
            todo += node.children
    return min(1.0, bad / max(1, len(data))) + 0.02
