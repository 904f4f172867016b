"""The record of a run as markdown tables, and into a page between two marks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

MARKS = {name: (f"<!-- {name}: written by python -m benchmarks.quality -->", f"<!-- end of {name} -->") for name in ("results", "summary")}
"""Where all tables go, and where the short one."""


def written(page: str, record: dict[str, Any]) -> str:
    """``page`` with the tables of ``record`` between the marks it has. Raises ValueError when it has none."""
    found = [name for name, marks in MARKS.items() if all(mark in page for mark in marks)]
    if not found:
        raise ValueError(f"the page has no {' ... '.join(MARKS['results'])}")
    for name in found:
        begin, end = MARKS[name]
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}\n\n{(markdown if name == 'results' else summary)(record)}\n{end}{rest.partition(end)[2]}"
    return page


def markdown(record: dict[str, Any]) -> str:
    """All tables."""
    return "\n".join([_head(record), *_means(record), *(line for corpus in record["corpora"] for line in _corpus(corpus))])


def summary(record: dict[str, Any]) -> str:
    """One short table: simfilter beside the best peer of each row."""
    lines: list[list[str]] = []
    prose = [corpus for corpus in record["corpora"] if corpus["name"] == "prose"]
    for kind, corpora in (("prose, 100 words", prose), (f"functions, mean of {len(_languages(record))} languages", _languages(record))):
        if corpora:
            section = next(iter(corpora[0]["copies"]))
            lines += [[f"*{kind}: innocent texts*", *_beside([[one["false_positives"]["all"][0] for one in corpus["scores"].values()]
                                                             for corpus in corpora], corpora, least=True)]]
            lines += [[row, *_beside([[one["rows"][section][row]["recall"][0] for one in corpus["scores"].values()] for corpus in corpora],
                                     corpora)] for row in corpora[0]["copies"][section]]
    head = ["share that fires", "simfilter at its default policy", "simfilter, at 1 % of innocent texts", "best peer, at 1 %"]
    return "\n".join([_head(record), *_table(head, lines)])


def _beside(values: list[list[float]], corpora: list[dict[str, Any]], *, least: bool = False) -> list[str]:
    """Means over ``corpora`` of simfilter's two scores and of the best peer, with its name; no peer where ``least``."""
    names = list(corpora[0]["scores"])
    means = [_mean(list(column)) for column in zip(*values, strict=True)]
    peer = max(range(2, len(names)), key=lambda at: means[at])
    return [*(_figures([mean], 3 if least else 2) for mean in means[:2]), "" if least else f"{_figures([means[peer]])} {names[peer]}"]


def _head(record: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    commits = sorted({score["commit"] for corpus in record["corpora"] for score in corpus["scores"].values()})
    return (f"`{record['command']}`, {record['date']}, commit {', '.join(commits)}, {record['machine']}, Python {record['python']}, "
            f"{versions}; {record['seconds'] / 60:.0f} minutes.\n")


def _languages(record: dict[str, Any]) -> list[dict[str, Any]]:
    return [corpus for corpus in record["corpora"] if corpus["name"] not in ("prose", "bible", "pairs")]


def _means(record: dict[str, Any]) -> Iterator[str]:
    languages = _languages(record)
    if len(languages) < 2:
        return
    yield f"### Code, mean of {len(languages)} languages\n"
    names = list(languages[0]["scores"])
    section = next(iter(languages[0]["copies"]))
    rows = list(languages[0]["copies"][section])
    every = {name: [corpus["scores"][name] for corpus in languages] for name in names}
    shown = 2 if all(_fine(corpus) for corpus in languages) else 1
    lines = [["*false positives*", *(_figures([_mean([one["false_positives"]["all"][at] for one in every[name]])
                                               for at in range(len(every[name][0]["limits"][:shown]))], 3) for name in names)]]
    for row in rows:
        lines.append([row, *(_figures([_mean([one["rows"][section][row]["recall"][at] for one in every[name]])
                                       for at in range(len(every[name][0]["limits"][:shown]))]) for name in names)])
    yield from _table([f"recall at 1 %{' / .1 %' if shown == 2 else ''} false positives", *names], lines)
    free = [name for name in names if not every[name][0]["fixed"]]
    yield from _table(["AUC", *free], [[row, *(_figures([_mean([one["rows"][section][row]["auc"] for one in every[name]])], 3)
                                               for name in free)] for row in rows])


def _corpus(corpus: dict[str, Any]) -> Iterator[str]:
    scores: dict[str, Any] = corpus["scores"]
    yield f"### {corpus['name'].capitalize()}\n"
    yield (f"Indexed: {corpus['about']}, {corpus['bytes'] / 1e6:.1f} MB. Innocent: "
           f"{', '.join(f'{count} {name}' for name, count in corpus['innocent'].items())}.\n")
    for side, projects in corpus["projects"].items():
        yield f"{side.capitalize()}: {', '.join(projects)}.\n"
    lines = [[f"*false positives, {name}*", *(_figures(one["false_positives"][name], 3) for one in scores.values())]
             for name in ([*corpus["innocent"], "all"] if len(corpus["innocent"]) > 1 else ["all"])]
    lines.append(["*milliseconds a text*", *(f"{one['judge_ms']:.2f}" for one in scores.values())])
    yield from _table(["", *scores], lines)
    free = {name: one for name, one in scores.items() if not one["fixed"]}
    least = " / .1 %" if _fine(corpus) else ""
    for section, table in corpus["copies"].items():
        yield f"**{section.capitalize()}**\n"
        yield from _table([f"recall at 1 %{least} (copies)", *scores], [
            [f"{row} ({count})", *(_figures(one["rows"][section][row]["recall"][: 2 if least else 1]) for one in scores.values())]
            for row, count in table.items()])
        yield from _table(["AUC", *free], [[row, *(_figures([one["rows"][section][row]["auc"]], 3) for one in free.values())]
                                           for row in table])
        named = {name: one for name, one in scores.items()
                 if one["fixed"] and any("named" in line for line in one["rows"][section].values())}
        if named:
            yield from _table(["fired and every source named", *named], [
                [row, *(_figures([one["rows"][section][row].get("named", 0.0)]) for one in named.values())] for row in table])
        placed = {name: one for name, one in scores.items() if any("spans" in line for line in one["rows"][section].values())}
        if placed:
            yield from _table(["plagdet: precision, recall, granularity, **score**", *placed], [
                [row, *(_spans(one["rows"][section][row].get("spans")) for one in placed.values())] for row in table
                if any("spans" in one["rows"][section][row] for one in placed.values())])


def _fine(corpus: dict[str, Any]) -> bool:
    """Whether there are innocent texts enough for .1 % of them to be one or more."""
    return sum(corpus["innocent"].values()) >= 1000


def _spans(value: dict[str, float] | None) -> str:
    if value is None:
        return "–"
    shares = _figures([value["precision"], value["recall"]]).replace(" / ", " ")
    return f"{shares} {value['granularity']:.2f} **{_figures([value['plagdet']])}**"


def _figures(values: list[float], digits: int = 2) -> str:
    return " / ".join(f"{value:.{digits}f}".removeprefix("0") if value < 1 else f"{value:.{digits}f}" for value in values)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _table(head: list[str], lines: list[list[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|---|" + "---:|" * (len(head) - 1)
    for line in lines:
        yield "| " + " | ".join(line) + " |"
    yield ""
