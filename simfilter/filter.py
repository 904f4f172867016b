"""The filter: text -> Verdict."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Self

import numpy as np

from simfilter import _core
from simfilter.background import Background
from simfilter.exempt import Exemption, common_sequences, known_licences
from simfilter.index import Index
from simfilter.match import Found, Stream, find
from simfilter.policy import Evidence, Policy
from simfilter.replace import replaced
from simfilter.types import Match, Verdict
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
        own = index.segment.boilerplate
        self._own = Exemption("boilerplate: a licence file of the corpus",
                              {name: _core.NgramFilter(packed) for name, packed in own.items()})

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

    def check(self, text: str, *, prompt: str | None = None, language: str | None = None) -> Verdict:
        """Judge ``text``: a model's answer (markdown, prose or code), or with ``language`` a whole file of code.

        What stands in ``prompt`` the user supplied; it does not count. Spans are characters of ``text``.
        """
        reading = read(text, language=language, key=PUBLIC_KEY)
        return self.policy.decide(self.evidence(reading, prompt=prompt), scanned=not reading.notes, notes=reading.notes)

    def evidence(self, reading: Reading, *, prompt: str | None = None, without: Collection[int] = ()) -> list[Evidence]:
        """All matches of a reading, light ones too, with what is left of each once exempt passages are taken out.

        ``without`` names families of documents that are passed over.
        """
        found = find(self.index.segment, reading, PUBLIC_KEY, background=self.background, without=without)
        return self._weigh(found, prompt) if found else []

    def apply(self, text: str, *, prompt: str | None = None) -> str:
        """``text`` as the reader may see it: as it is, cited, redacted, or the fallback message."""
        return replaced(text, self.check(text, prompt=prompt), self.policy)

    def source_text(self, match: Match, *, context: int = 0) -> str:
        """The protected characters a match was found in, with ``context`` characters on both sides."""
        segment = self.index.segment
        text = segment.text(segment.document(match.provenance.document))
        return text[max(0, match.source.start - context) : match.source.end + context]

    def _weigh(self, found: list[Found], prompt: str | None) -> list[Evidence]:
        exemptions = [self._own, self._allowed]
        if prompt:
            exemptions.insert(0, Exemption.of_texts([prompt], "supplied by the prompt", PUBLIC_KEY))
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


def _covered(stream: Stream, exemptions: list[Exemption]) -> list[np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    return [exemption.covers(stream) for exemption in exemptions]
