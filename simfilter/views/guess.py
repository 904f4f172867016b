"""What language unlabelled code is in: signs of each language make a short list, its grammars' errors decide."""

from __future__ import annotations

import math
import re

from simfilter.errors import CapacityError, GrammarError
from simfilter.views.languages import language_of_shebang, parse
from simfilter.views.tokens import encode

_PUNCTUATION = b"(){}[]=;<>_+&$@"
_CONTINUATIONS = bytes(range(0x80, 0xC0))
_LEAST_DENSITY = 0.02
"""Share of the visible bytes that are code's punctuation. Renamed functions of the standard library have .04 or more, 99 % of prose,
poems and the declaration of human rights in 396 languages .016 or less; what lies above and is no code, no grammar reads."""

_MOST_ERRORS = 0.5
"""Share of bare code that its grammar may not understand: a sentence before the code is no hindrance."""

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
    "bash": r"^\s*(?:fi|done|esac|then)\b|\bif \[\[? |\$\{?\w+|\becho [\"$\w]|\bfor \w+ in |^\w+=\S|\$\(|\bgrep\b|\bsudo\b|\bexport \w+=",
    "sql": r"(?i)\bselect\b.*|\bfrom \w+|\bwhere\b|\bcreate (?:table|view|index|or replace)\b|\binsert into\b|\bgroup by\b|\border by\b|\bjoin \w+",
}.items()}
_SHORT_LIST = 5
_NO_SIGNS = ("python", "javascript", "c")
_MOST_CHARACTERS = 8000
_ANY_ERROR = 0.1
"""What it takes from a language that its grammar finds an error at all: signs stand in strings of other languages too."""
_MARGIN = re.compile(r"(?<=\n\n)(?=[\w@])")


class CodeLook:
    """Whether a text that grows may be bare code rather than prose; cheap, for every answer is asked.

    Only the first `_MOST_CHARACTERS` count.
    """

    def __init__(self) -> None:
        self.rewind(b"")

    def add(self, data: bytes) -> None:
        """Take more of the text: whole characters in UTF-8."""
        if self._left <= 0:
            return
        characters = len(data) if data.isascii() else len(data.translate(None, _CONTINUATIONS))
        if characters > self._left:
            data = encode(data.decode("utf-8", "surrogatepass")[: self._left])
        self._left -= characters
        visible = data.translate(None, b" \t\r\n")
        self._visible += len(visible)
        self._signs += len(visible) - len(visible.translate(None, _PUNCTUATION))

    def rewind(self, data: bytes) -> None:
        """Begin anew with ``data``."""
        self._left = _MOST_CHARACTERS
        self._visible = self._signs = 0
        self.add(data)

    @property
    def may_be_code(self) -> bool:
        return self._signs >= max(1, _LEAST_DENSITY * self._visible)


def looks_like_code(text: str) -> bool:
    """Whether a text without fences may be bare code rather than prose.

    >>> looks_like_code("def f(x):\\n    return x + 1\\n"), looks_like_code("Call me Ishmael. Some years ago\\nnever mind how long")
    (True, False)
    """
    look = CodeLook()
    look.add(encode(text[:_MOST_CHARACTERS]))
    return look.may_be_code


def guess_language(text: str, *, most_errors: float = math.inf) -> str | None:
    """The language ``text`` is written in, or None when no grammar reads it with at most ``most_errors`` as share of its bytes.

    >>> guess_language("func add(a int, b int) int {\\n\\treturn a + b\\n}\\n")
    'go'
    """
    if (named := language_of_shebang(text)) is not None:
        return named
    head = _head(text)
    signs = {name: len(pattern.findall(head)) for name, pattern in _SIGNS.items()}
    short_list = sorted((name for name in signs if signs[name]), key=lambda name: -signs[name])[:_SHORT_LIST]
    data = encode(head)
    best = max(1, *signs.values())
    scored = []
    if not short_list:  # the grammar alone must speak for it
        short_list, most_errors = list(_NO_SIGNS), most_errors / 5
    for name in short_list:
        try:
            errors = _error_share(data, name)
        except (GrammarError, CapacityError):
            continue
        if errors <= most_errors:
            scored.append((errors + _ANY_ERROR * (errors > 0) - 0.15 * signs[name] / best, name))
        if not errors:
            break  # the rest have fewer signs
    return min(scored)[1] if scored else None


def _head(text: str) -> str:
    """About `_MOST_CHARACTERS`, cut where a paragraph begins at the margin: what is cut within brackets or a docstring no grammar reads."""
    if len(text) <= _MOST_CHARACTERS:
        return text
    margins = [found.start() for found in _MARGIN.finditer(text, _MOST_CHARACTERS // 4, 4 * _MOST_CHARACTERS)]
    return text[: max((at for at in margins if at <= _MOST_CHARACTERS), default=min(margins, default=_MOST_CHARACTERS))]


def guess_bare(text: str) -> str | None:
    """The language of a text without fences, None for prose."""
    return guess_language(text, most_errors=_MOST_ERRORS) if looks_like_code(text) else None


def _error_share(data: bytes, language: str) -> float:
    """Share of the bytes that stand in erroneous nodes of the tree."""
    root = parse(data, language).root_node
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
    return min(1.0, bad / max(1, len(data)))
