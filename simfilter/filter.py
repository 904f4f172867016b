"""The filter: text -> Verdict."""

from __future__ import annotations

from collections.abc import AsyncIterable, Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np

from simfilter import _core
from simfilter.background import Background
from simfilter.exempt import Exemption, common_sequences, known_licences, supplied
from simfilter.index import Index
from simfilter.match import Found, find, streams
from simfilter.match import Stream as TokenStream
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

    def __init__(self, index: Index, policy: Policy | None = None, background: Background | None = None) -> None:
        self.index = index
        self.background = background
        self.policy = policy or Policy.default()
        self._allowed = (Exemption.of_texts(self.policy.allow_texts, "allow-listed text", PUBLIC_KEY)
                         if self.policy.allow_texts else None)
        self._own = Exemption("boilerplate: a licence file of the corpus",
                              {name: list(map(_core.NgramFilter, index.segments.boilerplate(name))) for name in index.segments.structures})

    @classmethod
    def open(cls, path: str | Path, *, policy: Policy | str | Path | None = None, background: Background | str | Path | None = None,
             verify: bool = True) -> Self:
        """The filter over the index at ``path``; ``policy`` is one or the path of a TOML file, ``background`` one or its path.

        Raises IndexNotFoundError, IndexFormatError, IndexDamagedError, PolicyError.
        """
        if policy is not None and not isinstance(policy, Policy):
            policy = Policy.load(policy)
        if background is not None and not isinstance(background, Background):
            background = Background.open(background, verify=verify)
        return cls(Index.open(path, verify=verify), policy, background)

    def reload(self) -> Self:
        """The filter over the index as it is on disk now: this one when nothing changed. This one stays as it is.

        Raises what `open` raises.
        """
        index = self.index.reload()
        return self if index is self.index else type(self)(index, self.policy, self.background)

    def check(self, text: str, *, prompt: str | Exemption | None = None, language: str | None = None) -> Verdict:
        """Judge ``text``: a model's answer (markdown, prose or code), or with ``language`` a whole file of code.

        What stands in ``prompt`` the user supplied (made once for many texts: `exempt.supplied`); it does not count. Spans are characters
        of ``text``.
        """
        reading = self.read(text, language=language)
        return self.policy.decide(self.evidence(reading, prompt=prompt), scanned=not reading.notes, notes=reading.notes)

    def read(self, text: str, *, language: str | None = None) -> Reading:
        """``text`` as the index sees it; that a shard of it is lost is among the reading's notes."""
        reading = read(text, language=language, key=PUBLIC_KEY, normalize=self.index.segments.normalize)
        return replace(reading, notes=reading.notes + self.index.lost) if self.index.lost else reading

    def evidence(self, reading: Reading, *, prompt: str | Exemption | None = None, without: Collection[int] = ()) -> list[Evidence]:
        """All matches of a reading, light ones too, with what is left of each once exempt passages are taken out.

        ``without`` names families of documents that are passed over.
        """
        return self.weigh(self.found(reading, without=without), prompt)

    def found(self, reading: Reading, *, without: Collection[int] = ()) -> list[Found]:
        """All matches of a reading, as they were found."""
        return find(self.index.segments, reading, PUBLIC_KEY, background=self.background, without=without)

    def apply(self, text: str, *, prompt: str | None = None) -> str:
        """``text`` as the reader may see it: as it is, cited, redacted, or the fallback message."""
        return self.resolve(text, prompt=prompt).text

    def resolve(self, text: str, *, strategy: Strategy = by_policy, prompt: str | Exemption | None = None) -> Outcome:
        """What a strategy of `simfilter.replace` makes of ``text``: regenerated, rewritten, redacted, refused."""
        exempt = supplied(prompt) if isinstance(prompt, str) and prompt else prompt or None

        def check(text: str) -> Verdict:
            return self.check(text, prompt=exempt)

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

    def stream(self, chunks: Iterable[str | bytes], *, prompt: str | Exemption | None = None) -> Flow:
        """The safe text of ``chunks`` as they come; its ``verdict`` is that of `check` on the whole once it is exhausted."""
        return Flow(Stream(self, prompt=prompt), chunks)

    def astream(self, chunks: AsyncIterable[str | bytes], *, prompt: str | Exemption | None = None) -> AsyncFlow:
        """The same for chunks that come asynchronously."""
        return AsyncFlow(Stream(self, prompt=prompt), chunks)

    def source_text(self, match: Match, *, context: int = 0) -> str:
        """The protected characters a match was found in, with ``context`` characters on both sides."""
        segments = self.index.segments
        text = segments.text(segments.document(match.provenance.document))
        return text[max(0, match.source.start - context) : match.source.end + context]

    def weigh(self, found: list[Found], prompt: str | Exemption | None = None) -> list[Evidence]:
        """What is left of each match once exempt passages are taken out; ``prompt`` may be told once as `supplied` for many texts."""
        if not found:
            return []
        exemptions = [self._own, self._allowed]
        if prompt:
            exemptions.insert(0, supplied(prompt) if isinstance(prompt, str) else prompt)
        if self.policy.boilerplate:
            exemptions += [common_sequences(), known_licences()]
        active = [exemption for exemption in exemptions if exemption is not None and exemption.filters]
        covered: dict[int, list[np.ndarray[tuple[int], np.dtype[np.bool_]]]] = {}
        return [self._evidence(item, active, covered.setdefault(id(item.stream), _covered(item.stream, active)))
                for item in found]

    @staticmethod
    def _evidence(item: Found, exemptions: list[Exemption], covered: list[np.ndarray[tuple[int], np.dtype[np.bool_]]]) -> Evidence:
        exempt = np.zeros(len(item.positions), bool)
        shares = [exempt | mask[item.positions] for mask in covered]
        for share in shares:
            exempt |= share
        if not exempt.any():
            return Evidence(item.match, item.match.tokens, item.match.bits)
        reason = exemptions[int(np.argmax([share.sum() for share in shares]))].reason
        return Evidence(item.match, int((~exempt).sum()), float(item.bits[~exempt].sum()), reason)


def _covered(stream: TokenStream, exemptions: list[Exemption]) -> list[np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    return [exemption.covers(stream) for exemption in exemptions]
