"""The filter: text -> Verdict."""

from __future__ import annotations

from collections.abc import AsyncIterable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Self

import numpy as np

from simfilter import _core
from simfilter.background import Background
from simfilter.errors import ParameterError, ShardLostError
from simfilter.exempt import Boilerplate, Exemption, Prompt, Stretch, common_sequences, exempted, known_licences, supplied
from simfilter.index import Index
from simfilter.index.keyed import KeyedIndex, read_key
from simfilter.match import LEAST_TOKENS, find
from simfilter.match.found import Found, streams
from simfilter.match.keyed import find_keyed
from simfilter.match.seed import seed
from simfilter.policy import Evidence, Policy
from simfilter.replace import Judge, Outcome, Strategy, by_policy
from simfilter.stream import AsyncFlow, Flow, Stream
from simfilter.types import Certificate, Match, Verdict
from simfilter.views import Reading, read
from simfilter.views.tokens import PUBLIC_KEY


class Filter:
    """An index and a policy, ready to judge. Immutable; one serves all threads.

    >>> import tempfile
    >>> from simfilter import Document, Policy, build
    >>> where = tempfile.mkdtemp() + "/index"
    >>> poem = "The quiet harbour kept its lamps alight for every boat that winter had not found"
    >>> _ = build([Document(id="poem", text=poem, source="Harbour Songs")], where)
    >>> filter = Filter.open(where, policy=Policy.parse({"text": {"verbatim": {"tokens": 12, "bits": 20}}}))
    >>> filter.check("She wrote: " + poem.upper()).action.name
    'BLOCK'
    """

    _least: Mapping[str, int] = LEAST_TOKENS

    def __init__(self, index: Index | KeyedIndex, policy: Policy | None = None, background: Background | None = None) -> None:
        self.keyed = index if isinstance(index, KeyedIndex) else None
        """The index, when it is a text-free one."""
        self.index: Index = index  # type: ignore[assignment]  # a keyed one refuses what needs the text
        self.background = background
        self.policy = policy or Policy.default()
        own = Boilerplate("boilerplate: a licence file of the corpus", {} if isinstance(index, KeyedIndex) else {
            name: list(map(_core.NgramFilter, index.segments.boilerplate(name))) for name in index.segments.structures})
        self._exemptions: list[Exemption] = [own] if any(own.filters.values()) else []
        if self.policy.allow_texts:
            self._exemptions.append(Boilerplate.of_texts(self.policy.allow_texts, "allow-listed text"))

    @classmethod
    def open(cls, path: str | Path, *, policy: Policy | str | Path | None = None, background: Background | str | Path | None = None,
             key_file: str | Path | None = None, verify: bool = True) -> Self:
        """The filter over the index at ``path``; ``policy`` is one or the path of a TOML file, ``background`` one or its path.

        A ``path`` that is a file is a text-free index, and ``key_file`` holds its key. Raises IndexNotFoundError, IndexFormatError,
        IndexDamagedError, PolicyError, ParameterError for a text-free index without its key.
        """
        if policy is not None and not isinstance(policy, Policy):
            policy = Policy.load(policy)
        if background is not None and not isinstance(background, Background):
            background = Background.open(background, verify=verify)
        if not Path(path).is_file():
            if key_file is not None:
                raise ParameterError(f"{path} is not a text-free index: it takes no key")
            return cls(Index.open(path, verify=verify), policy, background)
        index = KeyedIndex.open(path, key=None if key_file is None else read_key(key_file), verify=verify)
        assert index.label  # raises without a key
        return cls(index, policy, background)

    def reload(self) -> Self:
        """The filter over the index as it is on disk now: this one when nothing changed. This one stays as it is.

        Raises what `open` raises.
        """
        if self.keyed is not None:
            raise ParameterError("a text-free index is opened anew, with its key, to be reloaded")
        index = self.index.reload()
        return self if index is self.index else type(self)(index, self.policy, self.background)

    def check(self, text: str, *, prompt: str | Prompt | None = None, language: str | None = None) -> Verdict:
        """Judge ``text``: a model's answer (markdown, prose or code), or with ``language`` a whole file of code.

        What stands in ``prompt`` the user supplied (made once for many texts: `exempt.Prompt`); it does not count. Spans are characters
        of ``text``.
        """
        reading = self.read(text, language=language)
        notes = list(reading.notes)
        evidence = self.evidence(reading, prompt=prompt, notes=notes)
        return self.policy.decide(evidence, scanned=not notes, notes=tuple(notes))

    def read(self, text: str, *, language: str | None = None) -> Reading:
        """``text`` as the index sees it."""
        if self.keyed:
            return read(text, language=language, key=PUBLIC_KEY)
        return read(text, language=language, key=PUBLIC_KEY, normalize=self.index.segments.normalize)

    def evidence(self, reading: Reading, *, prompt: str | Prompt | None = None, without: Collection[int] = (),
                 notes: list[str] | None = None) -> list[Evidence]:
        """All matches of a reading, light ones too, with what is left of each once exempt passages are taken out.

        ``without`` names families of documents that are passed over; ``notes`` is added to where something could not be compared.
        """
        return self.weigh(self.found(reading, without=without, notes=notes), prompt)

    def found(self, reading: Reading, *, without: Collection[int] = (), notes: list[str] | None = None) -> list[Found]:
        """All matches of a reading, as they were found. That a shard of the index is lost is told in ``notes``; one that is lost meanwhile
        makes the search begin anew, without it."""
        if self.keyed:
            return find_keyed(self.keyed, reading, background=self.background, least=self._least)
        while True:
            lost, limited = self.index.lost, list[str]()
            try:
                found = find(self.index.segments, reading, PUBLIC_KEY, background=self.background, without=without, notes=limited,
                             least=self._least)
            except ShardLostError:
                continue
            if self.index.lost == lost:
                if notes is not None:
                    notes += [*lost, *limited]
                return found

    def apply(self, text: str, *, prompt: str | None = None) -> str:
        """``text`` as the reader may see it: as it is, cited, redacted, or the fallback message."""
        return self.resolve(text, prompt=prompt).text

    def resolve(self, text: str, *, strategy: Strategy = by_policy, prompt: str | Prompt | None = None) -> Outcome:
        """What a strategy of `simfilter.replace` makes of ``text``: regenerated, rewritten, redacted, refused."""
        given = supplied(prompt)

        def check(text: str) -> Verdict:
            return self.check(text, prompt=given)

        return strategy(text, check(text), Judge(self.policy, check, self.certify))

    def certify(self, text: str, *, language: str | None = None) -> Certificate:
        """The longest runs ``text`` shares with any protected document."""
        structures = self.index.segments.structures
        longest = {name: structure.k - 1 for name, structure in structures.items()}
        for stream in streams(read(text, language=language, key=PUBLIC_KEY)):
            seeds = seed(structures[stream.structure], stream.symbols, 1)
            if seeds is not None:
                longest[stream.structure] = max(longest[stream.structure], int(seeds.length.max()))
        return Certificate(longest["text"], longest["code"])

    def stream(self, chunks: Iterable[str | bytes], *, prompt: str | Prompt | None = None) -> Flow:
        """The safe text of ``chunks`` as they come; its ``verdict`` is that of `check` on the whole once it is exhausted."""
        return Flow(Stream(self, prompt=prompt), chunks)

    def astream(self, chunks: AsyncIterable[str | bytes], *, prompt: str | Prompt | None = None) -> AsyncFlow:
        """The same for chunks that come asynchronously."""
        return AsyncFlow(Stream(self, prompt=prompt), chunks)

    def source_text(self, match: Match, *, context: int = 0) -> str:
        """The protected characters a match was found in, with ``context`` characters on both sides."""
        segments = self.index.segments
        text = segments.text(segments.document(match.provenance.document))
        return text[max(0, match.source.start - context) : match.source.end + context]

    def weigh(self, found: list[Found], prompt: str | Prompt | None = None) -> list[Evidence]:
        """What is left of each match once exempt passages are taken out."""
        if not found:
            return []
        given = supplied(prompt)
        exemptions: list[Exemption] = [*([given] if given else []), *self._exemptions]
        if self.policy.boilerplate:
            exemptions += [each for each in (common_sequences(), known_licences()) if each is not None]
        stretches: dict[int, list[list[Stretch]]] = {}
        for item in found:
            if id(item.stream) not in stretches:
                stretches[id(item.stream)] = [exemption.stretches(item.stream) for exemption in exemptions]
        return [_left(item, exemptions, stretches[id(item.stream)]) for item in found]


def _left(item: Found, exemptions: list[Exemption], stretches: list[list[Stretch]]) -> Evidence:
    """A match without its exempt tokens; the exemption that covers most of them, the first of equals, gives the reason."""
    parts = [(exemption.reason, *exempted(item, exemption, found))
             for exemption, found in zip(exemptions, stretches, strict=True) if found]
    parts = [part for part in parts if part[1].any()]
    if not parts:
        return Evidence(item.match, item.match.tokens, item.match.bits)
    kept = ~np.any([mask for _, mask, _ in parts], axis=0)
    reason = max(parts, key=lambda part: int(part[1].sum()))[0]
    told = tuple(piece for _, _, pieces in parts for piece in pieces)
    return Evidence(item.match, int(kept.sum()), float(item.bits[kept].sum()), reason, exempt=told)
