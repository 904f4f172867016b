"""Recall of planted copies by evasion, at stated false positives, beside simple peers.

Prose: 100 words of a protected novel set between 100 words of another novel; innocent: 200-word windows of other novels. Code: functions of
20 to 60 lines of the standard library; innocent: functions of other packages. simfilter stands at its default policy, each peer at
the score that 1 % of the innocent texts reach. Needs the evaluation data.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from corpora import novels, table
from detectors import CodeRuns, Detector, MemFree, Quip, Simfilter, threshold

from simfilter.demo import renamed
from simfilter.evasion import PROSE
from tests.quality.data import functions, library, library_files, package_files

SHARE = 0.01
COPIES = 300


def measure(detectors: list[Detector], innocent: list[str], copies: dict[str, list[str]], title: str) -> None:
    """Print recall of each detector for each evasion."""
    columns: list[list[float]] = []
    for detector in detectors:
        scores = [detector.score(text) for text in innocent]
        limit = 0.5 if isinstance(detector, Simfilter) else max(threshold(scores, SHARE), 0.5)
        fired = sum(score >= limit for score in scores) / len(scores)
        columns.append([fired, *(sum(detector.score(text) >= limit for text in texts) / len(texts) for texts in copies.values())])
    names = [f"false positives ({len(innocent)} texts)", *copies]
    table(title, ["", *(detector.name for detector in detectors)],
          [[name, *(f"{column[row]:.3f}" for column in columns)] for row, name in enumerate(names)])


def prose() -> None:
    protected = novels("protected")
    hosts = [document.text.split() for document in novels("host")]
    innocent = [" ".join(words[at : at + 200]) for words in hosts for at in range(0, len(words) - 200, 200)]
    detectors: list[Detector] = [Simfilter(), MemFree(), Quip()]
    for detector in detectors:
        detector.fit(protected)
    copies = {}
    for evasion in PROSE.values():
        rng = random.Random(0)
        texts = []
        for _ in range(COPIES):
            source, host = rng.choice(protected).text.split(), rng.choice(hosts)
            at, here = rng.randrange(len(source) - 100), rng.randrange(len(host) - 200)
            copy = evasion.apply(" ".join(source[at : at + 100]), rng)
            texts.append(" ".join(host[here : here + 100]) + f"\n\n{copy}\n\n" + " ".join(host[here + 100 : here + 200]))
        copies[evasion.name] = texts
    measure(detectors, innocent, copies, "prose: recall of 100-word copies")


def code() -> None:
    documents = list(library())
    detectors: list[Detector] = [Simfilter(), CodeRuns("65 exact tokens", 65, blind=False), CodeRuns("30 blind tokens", 30, blind=True)]
    for detector in detectors:
        detector.fit(documents)
    own = functions(library_files(), COPIES)
    others = functions(package_files("hypothesis", "mypy", "rich", "numpy", "jinja2", "jsonschema", "pygments", "Cython"), 1000, seed=1)
    forms: dict[str, Callable[[str], str]] = {
        "verbatim": lambda source: source,
        "all names changed, comments stripped": lambda source: renamed(source, keep=()),
    }
    copies = {name: [fenced(form(source)) for _, source in own] for name, form in forms.items()}
    measure(detectors, [fenced(source) for _, source in others], copies, "Python: recall of functions of 20 to 60 lines")


def fenced(source: str) -> str:
    return f"```python\n{source}\n```\n"


def main() -> None:
    prose()
    code()


if __name__ == "__main__":
    main()
