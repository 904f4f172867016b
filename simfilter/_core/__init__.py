"""The one door into the C core. Import from here, never from the modules behind it."""

from simfilter._core.align import align
from simfilter._core.chain import chain, chain_propose, chain_weigh
from simfilter._core.clone import CLONE_MOST, CLONE_NONE, StatementRow, clone_align, clone_forms
from simfilter._core.cluster import cluster_join, cluster_roots
from simfilter._core.filter import NgramFilter, filter_build, filter_size
from simfilter._core.gather import gather, gather_find
from simfilter._core.growing import GrowingWords
from simfilter._core.kgram import kgram_hash
from simfilter._core.minhash import lsh_bands, minhash_resemblance, minhash_sign
from simfilter._core.operand import operand_order
from simfilter._core.position import POSITION_STRIDE, position_documents, position_unpack
from simfilter._core.rename import rename, rename_extend, rename_literals, rename_may_reach
from simfilter._core.repeat import repeat_windows
from simfilter._core.shingle import shingle_pairs, shingle_sets, shingle_sign, shingle_tokenize, squeeze
from simfilter._core.statement import (
    STATEMENT_BRACES,
    STATEMENT_COLONS,
    STATEMENT_JOINS,
    STATEMENT_LINES,
    STATEMENT_MODIFIERS,
    STATEMENT_MOST,
    statement_cut,
    statement_hash,
    statement_pair,
)
from simfilter._core.suffix import Suffix, suffix_build, suffix_mems
from simfilter._core.symbol import symbol_hash_spans
from simfilter._core.text import text_normalize, text_tokenize, text_tokenize_growing
from simfilter.errors import CapacityError

__all__ = [
    "CLONE_MOST", "CLONE_NONE", "POSITION_STRIDE", "STATEMENT_BRACES", "STATEMENT_COLONS", "STATEMENT_JOINS", "STATEMENT_LINES",
    "STATEMENT_MODIFIERS", "STATEMENT_MOST", "CapacityError", "GrowingWords", "NgramFilter", "StatementRow", "Suffix", "align", "chain",
    "chain_propose", "chain_weigh", "clone_align", "clone_forms", "cluster_join", "cluster_roots", "filter_build", "filter_size", "gather",
    "gather_find", "kgram_hash", "lsh_bands", "minhash_resemblance", "minhash_sign", "operand_order", "position_documents",
    "position_unpack", "rename", "rename_extend", "rename_literals", "rename_may_reach", "repeat_windows", "shingle_pairs", "shingle_sets",
    "shingle_sign", "shingle_tokenize", "squeeze", "statement_cut", "statement_hash", "statement_pair", "suffix_build", "suffix_mems",
    "symbol_hash_spans", "text_normalize", "text_tokenize", "text_tokenize_growing",
]
