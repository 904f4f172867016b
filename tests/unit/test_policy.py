"""Matches -> verdict: thresholds, rules, exemptions, and what a wrong policy file says."""

from dataclasses import replace
from pathlib import Path

import pytest

from simfilter.errors import PolicyError
from simfilter.policy import Evidence, Policy, Rule, Threshold
from simfilter.types import Action, Kind, Match, Provenance, Span, View

MATCH = Match(kind=Kind.VERBATIM, view=View.TEXT, query=Span(0, 100), source=Span(5, 105),
              provenance=Provenance("doc/a.txt", "A Book", "GPL-3.0-only", tags=("novel",)), tokens=30, longest_run=30, identity=1.0,
              coverage=0.2, containment=0.1, bits=300.0, documents=1)


def decide(policy: Policy, *matches: Match, **options: object):
    return policy.decide([Evidence(match, match.tokens, match.bits) for match in matches], **options)


def test_a_heavy_match_is_blocked_by_default():
    verdict = decide(Policy(), MATCH)
    assert verdict.action is Action.BLOCK
    assert verdict.matches[0].rule == "default"
    assert not verdict.clean


@pytest.mark.parametrize(("change", "reason"), [
    ({"tokens": 17}, "short: 17 of 18 tokens"),
    ({"bits": 69.0}, "unsurprising: 69 of 70 bits"),
    ({"kind": Kind.EDITED, "identity": 0.4}, "unlike: identity 0.40 of 0.45"),
    ({"documents": 10}, "common: stands in 10 documents"),
])
def test_a_light_match_is_set_aside_with_its_reason(change, reason):
    verdict = decide(Policy(), replace(MATCH, **change))
    assert verdict.action is Action.ALLOW
    assert [aside.reason for aside in verdict.set_aside] == [reason]


def test_a_match_that_is_most_of_the_output_or_of_its_source_needs_fewer_bits():
    light = replace(MATCH, kind=Kind.RENAMED, view=View.RENAMED, tokens=40, bits=70.0)
    assert decide(Policy(), replace(light, coverage=0.2)).action is Action.ALLOW
    assert decide(Policy(), replace(light, coverage=0.6)).action is Action.BLOCK
    assert decide(Policy(), replace(light, coverage=0.2, containment=0.8)).action is Action.BLOCK
    assert decide(Policy(), replace(light, coverage=0.9, bits=29.0)).action is Action.ALLOW
    assert decide(Policy(), replace(light, coverage=1.0, bits=29.0)).action is Action.BLOCK
    assert decide(Policy(), replace(light, coverage=0.45, containment=0.64)).action is Action.ALLOW
    assert decide(Policy(), replace(light, coverage=0.45, containment=0.66)).action is Action.BLOCK
    assert decide(Policy(), replace(light, coverage=0.45, containment=0.79, bits=46.0)).action is Action.ALLOW
    assert decide(Policy(), replace(light, coverage=0.3, containment=0.8, bits=46.0)).action is Action.BLOCK
    assert decide(Policy(), replace(light, coverage=0.3, containment=0.8, bits=45.0)).action is Action.ALLOW
    assert decide(Policy(), replace(light, coverage=0.2, containment=0.8, bits=46.0)).action is Action.ALLOW


@pytest.mark.parametrize(("tokens", "density", "bits", "action"), [
    (42, 1.0, 80.0, Action.BLOCK), (42, 1.0, 79.0, Action.ALLOW), (41, 1.0, 129.0, Action.ALLOW), (200, 0.7, 80.0, Action.BLOCK),
    (200, 0.69, 129.0, Action.ALLOW), (200, 0.69, 130.0, Action.BLOCK),
])
def test_a_match_that_is_most_of_a_long_stretch_needs_fewer_bits(tokens, density, bits, action):
    match = replace(MATCH, kind=Kind.EDITED, view=View.RENAMED, tokens=tokens, density=density, bits=bits)
    assert decide(Policy(), match).action is action
    assert decide(Policy.parse({"code": {"edited": {"dense_bits": 131.0}}}), match).action is Action.ALLOW


def test_strength_ranks_by_bits_and_then_by_how_much_of_the_source_is_held():
    policy = Policy()
    light, plain = replace(MATCH, bits=35.0), replace(MATCH, bits=700.0)
    assert policy.strength(light) == 0.5 and policy.strength(replace(MATCH, bits=70.0)) == 1.0
    assert policy.strength(plain) == pytest.approx(1.6) and policy.strength(replace(plain, bits=9000.0)) == policy.strength(plain)
    assert policy.strength(replace(plain, containment=0.9)) > policy.strength(plain) > policy.strength(replace(MATCH, bits=104.0))
    assert policy.strength(replace(plain, kind=Kind.RENAMED)) == 0  # of prose none counts


def test_what_is_exempt_does_not_count_and_says_why():
    verdict = Policy().decide([Evidence(MATCH, 5, 40.0, "supplied by the prompt")])
    assert verdict.action is Action.ALLOW
    assert verdict.set_aside[0].reason == "supplied by the prompt"


def test_rules_are_tried_in_order_and_actions_combined_by_max():
    policy = Policy(action=Action.FLAG, rules=(Rule(Action.CITE, licence=("MIT", "BSD-*")), Rule(Action.REDACT, licence=("GPL-*",)),
                                               Rule(Action.BLOCK, tag=("novel",))))
    mit = replace(MATCH, provenance=replace(MATCH.provenance, licence="BSD-3-Clause"))
    assert decide(policy, mit).action is Action.CITE
    assert [match.action for match in decide(policy, mit, MATCH).matches] == [Action.CITE, Action.REDACT]
    assert decide(policy, mit, MATCH).action is Action.REDACT
    assert decide(policy, replace(MATCH, provenance=Provenance("x", "y"))).action is Action.FLAG


def test_not_scanned_is_never_clean():
    closed = Policy().decide([], scanned=False, notes=("the kotlin grammar will not load",))
    assert closed.action is Action.BLOCK and not closed.clean
    opened = Policy(fail_open=True).decide([], scanned=False)
    assert opened.action is Action.ALLOW and not opened.clean


def test_a_policy_file(tmp_path: Path):
    (tmp_path / "notice.txt").write_text("Anybody may repeat this sentence.")
    (tmp_path / "policy.toml").write_text("""
action = "redact"
common_documents = 3
replacement = "[{source}]"
[text.verbatim]
tokens = 50
[code.renamed]
bits = 300
whole_bits = 200
[[rule]]
source = "CPython"
kind = ["verbatim", "renamed"]
action = "cite"
[allow]
files = ["notice.txt"]
texts = ["So may this."]
""")
    policy = Policy.load(tmp_path / "policy.toml")
    assert policy.action is Action.REDACT and policy.common_documents == 3
    assert policy.text[Kind.VERBATIM] == Threshold(tokens=50, bits=70.0)
    assert policy.code[Kind.RENAMED] == Threshold(tokens=20, bits=300, whole_bits=200, dense_bits=200)
    assert policy.rules == (Rule(Action.CITE, source=("CPython",), kind=("verbatim", "renamed")),)
    assert set(policy.allow_texts) == {"Anybody may repeat this sentence.", "So may this."}


@pytest.mark.parametrize(("toml", "message"), [
    ("acton = 'block'", "unknown key 'acton'"),
    ("action = 'explode'", "unknown action 'explode'"),
    ("fail_open = 'yes'", "fail_open must be bool"),
    ("[text.renamed]\ntokens = 3", "unknown kind 'renamed'"),
    ("[text.verbatim]\ntokens = -3", "outside its range"),
    ("[text.verbatim]\nwords = 3", "tokens, bits, identity"),
    ("[[rule]]\nlicence = 'MIT'", "a rule needs an action"),
    ("[[rule]]\naction = 'cite'\nlicense = 'MIT'", "unknown condition 'license'"),
    ("[allow]\nfiles = ['missing.txt']", "missing.txt"),
    ("replacement = '{secret}'", "replacement may use"),
    ("common_documents = -1", "0 or more"),
    ("= 1", "is not TOML"),
])
def test_a_wrong_policy_file_says_what_is_wrong(tmp_path: Path, toml: str, message: str):
    (tmp_path / "policy.toml").write_text(toml)
    with pytest.raises(PolicyError, match="policy.toml") as caught:
        Policy.load(tmp_path / "policy.toml")
    assert message in str(caught.value)


def test_a_missing_policy_file(tmp_path: Path):
    with pytest.raises(PolicyError, match="no policy file"):
        Policy.load(tmp_path / "none.toml")


def test_comments_inside_copied_code_are_not_told_twice():
    code = replace(MATCH, view=View.LEXEME, tokens=90, bits=300.0)
    comment = replace(MATCH, query=Span(code.query.start + 5, code.query.end - 5), kind=Kind.EDITED)
    elsewhere = replace(MATCH, query=Span(5000, 5200))
    assert decide(Policy(), comment, code, elsewhere).matches == (replace(code, action=Action.BLOCK, rule="default"),
                                                                  replace(elsewhere, action=Action.BLOCK, rule="default"))
    assert len(decide(Policy(), comment, replace(code, tokens=10)).matches) == 1  # the code alone would not count
