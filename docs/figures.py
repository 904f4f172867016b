"""The figures of these pages, drawn from what simfilter really does to the texts they show: `python docs/figures.py`."""

import json
import tempfile
from html import escape
from itertools import pairwise
from pathlib import Path

from simfilter import Document, Filter, Kind, Stream, build
from simfilter.views import read
from simfilter.views.text import normalize, tokenize
from simfilter.views.tokens import encode

HERE = Path(__file__).parent
STORY = ("The keeper of the northern light wrote down every ship that passed, although nobody had asked her to, and when the harbour "
         "office burned the winter she turned sixty, her ledgers were the only record that any of those voyages had taken place.")
EDITED = ("The keeper of the northern lamp wrote down every single ship that passed, although nobody asked her to. When the harbour office "
          "burned the winter she turned sixty, her books were the only record that any of these voyages had taken place.")
STYLE = (HERE / "figures.css").read_text("utf-8")


class Drawing:
    """An SVG of ``width`` x ``height`` units; ``title`` and ``about`` are what a screen reader says."""

    def __init__(self, width: int, height: int, title: str, about: str) -> None:
        self.parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="t d">'
                      f'<title id="t">{escape(title)}</title><desc id="d">{escape(about)}</desc><style>{STYLE}</style>'
                      f'<rect width="{width}" height="{height}" rx="10" style="fill: var(--paper)"/>']

    def put(self, name: str, kind: str, inner: str = "", **attributes: object) -> None:
        told = "".join(f' {key.replace("_", "-")}="{escape(f"{value:g}" if isinstance(value, float) else str(value))}"'
                       for key, value in attributes.items())
        self.parts.append(f'<{name} class="{kind}"{told}>{escape(inner)}</{name}>' if inner else f'<{name} class="{kind}"{told}/>')

    def text(self, x: float, y: float, words: str, kind: str = "") -> None:
        self.put("text", kind, words, x=x, y=y)

    def upright(self, x: float, y: float, words: str) -> None:
        self.put("text", "soft small middle", words, transform=f"translate({x:g} {y:g}) rotate(-90)")

    def line(self, *points: tuple[float, float], kind: str = "line") -> None:
        self.put("polyline", kind, points=" ".join(f"{x:g},{y:g}" for x, y in points))

    def box(self, x: float, y: float, width: float, height: float, kind: str = "box", round: float = 6) -> None:
        self.put("rect", kind, x=x, y=y, width=width, height=height, rx=round)

    def dot(self, x: float, y: float, radius: float, kind: str) -> None:
        self.put("circle", kind, cx=x, cy=y, r=radius)

    def save(self, name: str) -> None:
        (HERE / "figures").mkdir(exist_ok=True)
        (HERE / "figures" / f"{name}.svg").write_text("\n".join([*self.parts, "</svg>\n"]), "utf-8")


def way() -> None:
    """The way of a text to its verdict."""
    steps = [("views", "characters", "to tokens"), ("seed", "exact runs", "of the index"),
             ("chain, align", "what belongs", "together"), ("verify", "text against", "text"), ("weigh", "bits of", "surprise"),
             ("policy", "allow, flag, cite,", "redact, block")]
    drawing = Drawing(760, 132, "From a text to its verdict", "Six steps in a row: views, seed, chain or align, verify, weigh, policy.")
    for at, (name, first, second) in enumerate(steps):
        x = 14 + at * 123
        drawing.box(x, 26, 108, 80)
        drawing.text(x + 54, 52, name, "bold middle")
        drawing.text(x + 54, 74, first, "soft small middle")
        drawing.text(x + 54, 90, second, "soft small middle")
        if at:
            drawing.line((x - 14, 66), (x - 2, 66), kind="main")
            drawing.line((x - 7, 62), (x - 2, 66), (x - 7, 70), kind="main")
    drawing.save("way")


def views() -> None:
    """One string under the text view; three lines of code under the renamed view."""
    shown = [("Thе", "Cyrillic е"), ("GR\u200bEY", "zero-width space"), ("har-", "hyphen at"),
             ("bour", "the line's end"), ("LAMP", "capitals")]
    text = "Thе GR\u200bEY har-\nbour LAMP"
    words = [word.decode() for word in normalize(encode(text))[0]]
    assert words == ["the", "grey", "harbour", "lamp"], words
    drawing = Drawing(760, 250, "Views", "Disguised words become plain tokens; renamed code has the same symbols as its source.")
    drawing.text(20, 30, "text", "bold")
    xs = [130, 270, 395, 500, 630]
    for x, (word, why) in zip(xs, shown, strict=True):
        drawing.text(x, 30, word.replace("\u200b", "·"), "mono middle")
        drawing.text(x, 48, why, "soft small middle")
    for x, sources, word in zip([130, 270, 447, 630], [[130], [270], [395, 500], [630]], words, strict=True):
        for source in sources:
            drawing.line((source, 54), (x, 74))
        drawing.box(x - 48, 76, 96, 26, "pale")
        drawing.text(x, 94, word, "mono middle")
    drawing.line((20, 122), (740, 122))
    drawing.text(20, 150, "renamed", "bold")
    lines = ["low + high * low", "a + b * a", "a + b * b"]
    symbols = [read(line, language="python").code[0].tokens.renamed.tolist() for line in lines]
    assert symbols[0] == symbols[1] != symbols[2]
    distance = ["0  +  0  *  4", "0  +  0  *  4", "0  +  0  *  2"]
    for at, (line, coded) in enumerate(zip(lines, distance, strict=True)):
        y = 150 + at * 30
        drawing.text(130, y, line, "mono")
        drawing.box(330, y - 18, 150, 26, "pale")
        drawing.text(405, y, coded, "mono middle")
        drawing.text(505, y, ("the source", "the same: distances to a name's last use", "another program")[at], "soft small")
    drawing.save("views")


def chaining(filter: Filter) -> None:
    """Equal words of an edited copy and its source, its seeds, and the chain."""
    match = filter.check(EDITED).matches[0]
    assert match.kind is Kind.EDITED and len(match.query) > 0.95 * len(EDITED.rstrip("."))
    ours, theirs = tokenize(encode(EDITED)).symbols.tolist(), tokenize(encode(STORY)).symbols.tolist()
    equal = {(q, s) for q, one in enumerate(ours) for s, other in enumerate(theirs) if one == other}
    seeds = []
    for q, s in sorted(equal):
        if (q - 1, s - 1) not in equal:
            length = next(step for step in range(len(ours)) if (q + step, s + step) not in equal)
            if length >= 4:
                seeds.append((q, s, length))
    drawing = Drawing(760, 400, "Chaining", "A dot for every pair of equal words; runs of four and more lie along one diagonal and are "
                      "chained.")
    left, bottom, step = 60.0, 362.0, 8.4

    def at(q: float, s: float) -> tuple[float, float]:
        return left + q * step, bottom - s * step

    drawing.line(at(0, len(theirs)), at(0, 0), at(len(ours), 0))
    for q, s in sorted(equal):
        drawing.dot(*at(q + 0.5, s + 0.5), 2, "grey")
    ends = [point for q, s, length in seeds for point in (at(q + 0.5, s + 0.5), at(q + length - 0.5, s + length - 0.5))]
    drawing.line(*ends, kind="main thin dash")
    for q, s, length in seeds:
        drawing.line(at(q + 0.5, s + 0.5), at(q + length - 0.5, s + length - 0.5), kind="main")
        for place in range(length):
            drawing.dot(*at(q + place + 0.5, s + place + 0.5), 2.8, "fill")
    drawing.text(at(len(ours) / 2, 0)[0], bottom + 22, "words of the edited copy", "soft small middle")
    drawing.upright(left - 18, bottom - len(theirs) * step / 2, "words of the source")
    x = left + len(ours) * step + 40
    for row, (kind, words, about) in enumerate((("grey", "equal words", "anywhere"),
                                                ("fill", f"{len(seeds)} seeds", "runs of four words and more"),
                                                ("main thin dash", "the chain", "aligned word by word"))):
        y = 80.0 + row * 56
        if "dash" in kind:
            drawing.line((x - 8, y), (x + 8, y), kind=kind)
        else:
            drawing.dot(x, y, 4, kind)
        drawing.text(x + 18, y + 4, words, "bold")
        drawing.text(x + 18, y + 22, about, "soft small")
    drawing.text(x - 8, 270, f"one match: {match.tokens} equal words,", "small")
    drawing.text(x - 8, 288, f"{match.identity:.0%} identical, {match.bits:.0f} bits", "small")
    drawing.save("chaining")


def surprise(filter: Filter) -> None:
    """Bits of each word of a copy."""
    text = ("Every evening at a quarter to seven, Maren Oakes carried the brass lamp up one hundred and twelve steps and wrote down what "
            "the sea had done that day")
    found = filter.found(filter.read(text))[0]
    words = text.replace(",", "").split()
    bits = dict(zip(found.positions.tolist(), found.bits.tolist(), strict=True))
    drawing = Drawing(760, 270, "Surprise", "A bar for each word of a copied sentence: rare words carry many bits, common and "
                      "expected ones few.")
    step, most = 700 / len(words), max(bits.values())
    for at, word in enumerate(words):
        height, x = 130 * bits.get(at, 0) / most, 34 + at * step
        drawing.box(x, 182 - height, step - 5, max(height, 0.8), "fill", 2)
        drawing.text(x + step / 2 - 2.5, 176 - height, f"{bits.get(at, 0):.0f}", "soft small middle")
        drawing.put("text", "small end", word, transform=f"translate({x + step / 2 + 2:g} 196) rotate(-50)")
    drawing.text(20, 24, f"{len(bits)} words, {sum(bits.values()):.0f} bits", "bold")
    drawing.save("surprise")


def leak(filter: Filter) -> None:
    """What a reader has been given while a model recites."""
    opening = "Of course. I looked it up and here is how it goes, as far as I remember. "
    pieces = [f"{word} " for word in (opening + STORY).split()]
    begins = len(opening)
    stream, made, given, points = Stream(filter), 0, 0, [(0, 0)]
    for piece in pieces:
        shown = stream.accept(piece)
        made += len(piece)
        if stream.blocked:
            break
        given += len(shown)
        points.append((made, given))
    seen = len(("".join(pieces)[begins:given]).split())
    assert stream.blocked and 0 < seen < 10, (stream.blocked, seen)
    whole = sum(map(len, pieces))
    drawing = Drawing(760, 300, "Leak bound", "Characters given out against characters made: together for innocent text, then "
                      "held, then blocked.")
    left, bottom, across, up = 60.0, 250.0, 420.0, 200.0

    def at(x: float, y: float) -> tuple[float, float]:
        return left + across * x / whole, bottom - up * y / whole

    drawing.box(*at(begins, whole), across * (whole - begins) / whole, up, "pale", 0)
    drawing.line(at(0, whole), at(0, 0), at(whole, 0))
    drawing.line(at(0, 0), at(whole, whole), kind="main thin dash")
    drawing.line(*(point for before, after in pairwise(points)
                   for point in (at(*before), at(after[0], before[1]), at(*after))), at(whole, given), kind="main")
    drawing.dot(*at(made, given), 5, "ours")
    drawing.text(left + across / 2, bottom + 24, "characters the model made", "soft small middle")
    drawing.upright(left - 18, bottom - up / 2, "characters given out")
    drawing.text(at(begins, 0)[0] + 8, bottom - up + 18, "a protected story begins", "small")
    for row, words in enumerate(("innocent words leave at once;", f"of the story {seen} words were seen", "when the stream blocked;",
                                 "the rest never left")):
        drawing.text(510, 120 + 20 * row, words, "small" + (" bold" if row in (1, 2) else ""))
    drawing.save("leak")


def quality() -> None:
    """Recall by evasion, simfilter beside its peers, from quality.json."""
    record = json.loads((HERE / "quality.json").read_text("utf-8"))
    languages = [corpus for corpus in record["corpora"] if corpus["kind"] == "code" and corpus["name"] != "pairs"]
    prose = [corpus for corpus in record["corpora"] if corpus["name"] == "prose"]
    assert prose and languages
    groups = [("prose, 100 words", prose), (f"functions of 20 to 60 lines, mean of {len(languages)} languages", languages)]
    rows: list[tuple[str, dict[str, float] | None]] = []
    for title, corpora in groups:
        section = next(iter(corpora[0]["copies"]))
        rows.append((title, None))
        for row in corpora[0]["copies"][section]:
            rows.append((row, {name: sum(corpus["scores"][name]["rows"][section][row]["recall"][0] for corpus in corpora) / len(corpora)
                               for name in corpora[0]["scores"]}))
    height = 62 + 21 * len(rows)
    drawing = Drawing(760, height, "Copies caught, by evasion", "A row for each evasion: a filled dot for simfilter at its default policy, "
                      "hollow dots for other tools at one false positive in a hundred. The numbers stand in the tables of the page.")
    left, across = 330.0, 400.0
    drawing.dot(left + 4, 22, 5, "fill")
    drawing.text(left + 16, 26, "simfilter, default policy", "small")
    drawing.dot(left + 184, 22, 4, "hollow")
    drawing.text(left + 196, 26, "other tools, 1 % false positives", "small")
    for mark in range(5):
        x = left + across * mark / 4
        drawing.line((x, 40), (x, height - 22))
        drawing.text(x, height - 7, f"{25 * mark} %", "soft small middle")
    for at, (name, values) in enumerate(rows):
        y = 56.0 + 21 * at
        if values is None:
            drawing.text(16, y + 4, name, "bold")
            continue
        drawing.text(left - 14, y + 4, name, "small end")
        drawing.line((left, y), (left + across, y))
        for detector, value in values.items():
            if not detector.startswith("simfilter"):
                drawing.dot(left + across * value, y, 4, "hollow")
        drawing.dot(left + across * values["simfilter, default"], y, 5.5, "fill")
    drawing.save("quality")


def main() -> None:
    """Draw all of them."""
    samples = Path(__file__).parents[1] / "data" / "samples"
    with tempfile.TemporaryDirectory() as folder:
        build([Document(id="ledgers.txt", text=STORY, source="Harbour Stories")], f"{folder}/story")
        build([Document(id=name, text=(samples / f"{name}.txt").read_text("utf-8"), source="simfilter")
               for name in ("lighthouse", "orchard")], f"{folder}/samples")
        story = Filter.open(f"{folder}/story")
        way()
        views()
        chaining(story)
        surprise(Filter.open(f"{folder}/samples"))
        leak(story)
        quality()


if __name__ == "__main__":
    main()
