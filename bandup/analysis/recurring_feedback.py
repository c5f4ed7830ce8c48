"""What the feedback keeps saying: weaknesses and advice of several attempts, put together by theme and counted.

A grader says one thing in many ways ("Article use is inconsistent", "Articles (a, an, the) are often missing or
wrong"). `THEMES` is the whole rule by which they are put together: a sentence belongs to a theme where it holds one of
its phrases. What fits no theme stands under its own words, so nothing is lost.

The themes follow what the public band descriptors for IELTS Writing and Speaking name under each criterion.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from bandup.memo import memoized
from data.records import Feedback

LONGEST_SENTENCE = 1000
"""Characters by which a sentence is judged: what is longer is no sentence, and may be anything."""

GENERAL = ""
"""Stands for the remarks under no criterion."""

_TASK, _COHERENCE = "task_achievement_band", "coherence_band"
_LEXIS, _GRAMMAR = "lexical_band", "grammar_band"
_FLUENCY, _PRONUNCIATION = "fluency_band", "pronunciation_band"
_CONTENT = (_TASK, _COHERENCE, GENERAL)
"""Where words such as figure, position and paragraph are about the answer and not about where a mistake stands."""


@dataclass(frozen=True)
class Theme:
    """One thing a teacher can teach. `name` is what a person reads.

    `phrases` and `unless` are regular expressions that begin at a word's beginning, without regard to case. A sentence
    that holds one of `phrases` and none of `unless` belongs to the theme, where it is said under one of `criteria`
    (`GENERAL` is said under none; no criteria at all: wherever it is said). Rows of one name are one theme.
    """

    name: str
    phrases: tuple[str, ...]
    unless: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()

    def fits(self, text: str, criterion: str) -> bool:
        """Whether a sentence (without what it quotes) belongs to the theme."""
        if self.criteria and criterion not in self.criteria:
            return False
        return bool(self._phrases.search(text)) and not (self.unless and self._unless.search(text))

    @cached_property
    def _phrases(self) -> re.Pattern[str]:
        return _any_of(self.phrases)

    @cached_property
    def _unless(self) -> re.Pattern[str]:
        return _any_of(self.unless)


def _any_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})", re.IGNORECASE)


_REPETITION = "Repetition and paraphrase"
_SELF_CORRECTION = "Self-correction and false starts"
_SOUNDS = "Sounds and word endings"

THEMES: tuple[Theme, ...] = (
    # Grammatical Range and Accuracy
    Theme(
        "Articles (a, an, the)",
        (r"articles?\b", r"determiners?\b", "definite and indefinite"),
        unless=(r"(?:read|reading|write|newspaper|magazine|news|online|academic) (?:\w+ )?articles?\b",),
    ),
    Theme(
        "Subject–verb agreement",
        (
            r"subject\W{0,3}(?:and )?verb",
            r"agreement\b",
            r"agrees? with (?:its|their|the) subjects?",
            r"third\W?person",
            r"find its subject",
        ),
        unless=("extent of", "opinion", "in agreement with"),
    ),
    Theme(
        "Tenses and verb forms",
        (
            r"tenses?\b",
            r"present\Wtense",
            r"(?:past|present) (?:simple|continuous|perfect|forms?)",
            r"past and (?:present|perfect)",
            r"verb (?:forms?|conjugation|patterns?)",
            r"(?:in)?correct (?:the )?verbs?",
            r"(?:modals?|auxiliar(?:y|ies)|gerunds?|infinitives?)\b",
        ),
    ),
    Theme("Singular, plural and countable nouns", (r"plurals?\b", "countab", "uncountab", "noun number")),
    Theme("Prepositions", ("preposition",)),
    Theme(
        "Sentence boundaries and punctuation",
        (
            r"run\W?ons?\b",
            r"commas?\b",
            "fragment",
            "punctuat",
            r"sentence boundar",
            r"(?:incomplete|unfinished) sentence",
            r"(?:main|independent) clause",
            r"full stops?\b",
            "capitali[sz]ation",
            "apostrophe",
        ),
    ),
    Theme(
        "Word order and sentence construction",
        (
            r"word order",
            r"(?:awkward|faulty|unclear|confusing)(?:ly)? (?:sentence|construct|structur)",
            r"sentence construction",
            r"missing (?:subjects?|verbs?|words?)",
        ),
    ),
    Theme(
        "Comparative forms",
        ("comparative", "superlative", r"comparisons? (?:is|are) formed", r"comparison (?:patterns|structures)"),
    ),
    Theme(
        "Complex sentences and variety of structures",
        (
            r"complex (?:grammatical )?(?:sentence|structure|form|grammar|pattern|clause)",
            r"(?:compound (?:sentence|structure)|conditionals?\b|relative pronouns?|subordinat)",
            r"clauses?\b",
            r"(?:although|if|because)\Wclause",
            r"sentence (?:structures?|variety|patterns?|types?|forms?)",
            r"(?:range|variety) of (?:grammatical |sentence )?(?:structures|sentences)",
            r"lose their structure",
            r"simple sentences",
            r"(?:inversion|participle|passive)",
            r"grammatical range",
        ),
        unless=("fragment", r"run\W?on", "comma splice", "main clause", r"between (?:\w+ )?clauses"),
    ),
    Theme("Complex sentences and variety of structures", (r"structures\b",), criteria=(_GRAMMAR,)),
    # Pronunciation
    Theme(
        "Stress, rhythm and intonation",
        (
            "intonation",
            r"(?:word |sentence |even |equal )stress",
            r"stress(?:ed)? (?:falls|is|syllable|words?|errors?|patterns?|on|and)",
            r"stressed\b",
            r"syllables?\b",
            "rhythm",
            "monoton",
            r"flat (?:intonation|delivery|tone|voice|pitch)",
            r"pitch\b",
            "melody",
            "weak forms",
            "connected speech",
        ),
    ),
    Theme("Stress, rhythm and intonation", ("chunk",), criteria=(_PRONUNCIATION,)),
    Theme(
        _SOUNDS,
        (
            r"final (?:consonants?|sounds?|-s|-ed)",
            "consonant",
            r"vowels?\b",
            r"clusters?\b",
            r"th (?:sounds?|words?)\b",
            r"(?:individual |some |certain |problem )sounds\b",
            r"(?:one|two|a) sounds?\b",
            "minimal pairs",
            r"mispron(?:ounc|unc)",
            r"/[^\s/]{1,4}/",
        ),
    ),
    Theme(_SOUNDS, (r"endings?\b", r"sounds\b", r"(?:the|of)\s+sound\b"), criteria=(_PRONUNCIATION,)),
    Theme(_SOUNDS, (r"word endings?\b",), unless=("suffix",)),
    # Fluency and Coherence
    Theme(
        _SELF_CORRECTION,
        (
            r"self\W?correct",
            r"false starts?",
            r"(?:begun|begins?|started?) (?:twice|again)",
            r"repetition of the beginning",
            r"restart",
        ),
    ),
    Theme(_SELF_CORRECTION, ("repetit", "repeat"), unless=("vocabular", "connective", "link"), criteria=(_FLUENCY,)),
    Theme(
        "Short answers",
        (
            r"(?:short|brief) (?:answers?|responses?)",
            r"answers? (?:\w+ ){0,6}(?:is|are) (?:too |very |quite |rather )?(?:short|brief|minimal)",
            r"answers stop",
            r"extend (?:every|each|your|the) (?:answers?|responses?)",
            r"cue card",
            r"(?:minimal|one\Wword) (?:answers?|responses?)",
        ),
    ),
    Theme(
        "Short answers",
        (
            r"at length\b",
            r"not (?:fully )?extended",
            r"under\W?developed",
            r"elaborat",
            r"responses? (?:\w+ ){0,6}(?:is|are) (?:too |very |quite |rather )?(?:short|brief|minimal)",
        ),
        criteria=(_FLUENCY,),
    ),
    Theme(
        "Pace of speech",
        (
            r"slow (?:delivery|pace|speech|rate)",
            r"slow, ",
            r"(?:is|too|very|rather) slow\b",
            r"pace\b",
            r"(?:too|speaks?|speaking) (?:fast|quickly)",
            r"rushed\b",
            r"speech rate",
            r"words (?:per|a) minute",
            r"word\Wby\Wword",
        ),
        unless=("rhythm",),
    ),
    Theme(
        "Hesitation and fillers",
        (
            "hesita",
            r"fillers?\b",
            r"paus(?:e|es|ing)\b",
            r"search(?:ing|es)? for (?:words|language|ideas|vocabulary)",
        ),
    ),
    Theme("Hesitation and fillers", (r"flow\b", "without stopping"), unless=("shadow",), criteria=(_FLUENCY,)),
    # Lexical Resource
    Theme("Spelling", ("spell", "misspel", r"typos?\b")),
    Theme(
        "Word forms",
        (r"word\W?(?:forms?\b|formation|famil)", r"whole family", r"suffix", r"parts? of speech", r"wrong form of"),
        unless=("stress",),
    ),
    Theme("Memorised language", (r"memori[sz]ed", r"rehearsed", r"formulaic")),
    Theme(
        "Collocation and idiom",
        (
            "collocat",
            "idiom",
            "unidiomatic",
            r"unnatural (?:phras|combination|expression|word)",
            r"(?:natural|native\W?like) expressions?",
            r"expressions native speakers",
            r"(?:words|vocabulary|language) in chunks",
        ),
    ),
    Theme(
        "Register",
        (
            r"registers?\b",
            r"informal",
            r"(?:too|overly|a little|slightly) formal",
            "conversational",
            "colloquial",
            r"casual\b",
            r"contractions?\b",
            r"(?:academic|formal|neutral) (?:style|tone|language)",
            r"spoken (?:phrases|expressions|english|language)",
            "ornate",
        ),
    ),
    Theme(
        _REPETITION,
        (
            "paraphras",
            "repetit",
            r"repeated\b",
            r"repeats? itself",
            r"same (?:words?|vocabulary|adjectives?|expressions?)",
            r"over\W?us(?:e|es|ed|ing) (?:of )?(?:the |certain |some |a few )?(?:words?|phrases?|adjectives?|expressions?)\b",
            "synonym",
            r"(?:copied|lifted)\b",
            r"rewrite the question",
        ),
        unless=(
            r"self\W?correct",
            "false start",
            r"repetition of the beginning",
            "structures",
            "connective",
            "linking",
            "linker",
        ),
        criteria=(*_CONTENT, _LEXIS),
    ),
    Theme(
        "Word choice and precision",
        (
            r"word choices?",
            r"choice of (?:words?|vocabulary)",
            r"(?:wrong|inappropriate|inaccurate|exact|ambitious|precise) (?:words?|vocabulary|adjectives?|terms?)\b",
            "imprecise",
            "precise ones",
            r"precision\b",
            r"not the word",
            r"general (?:words|verbs)",
        ),
        unless=(r"wrong word forms?",),
    ),
    Theme(
        "Range of vocabulary",
        (
            r"(?:limited|narrow|basic|simple|little|small|lack of|restricted) (?:\w+ ){0,3}(?:vocabulary|lexis)",
            r"(?:range of|topic\W?specific|topic|less common|advanced) (?:vocabulary|words|lexis|lexical items|items)",
            r"vocabulary (?:range|is (?:limited|basic|simple|narrow|restricted))",
            r"(?:flexibility|variety) (?:in|of) (?:the )?vocabulary",
            r"lexical (?:range|variety|resource is limited)",
            r"limited to everyday",
            r"everyday words",
            r"learn (?:\w+ )?(?:words|vocabulary)\b",
            r"word is missing",
        ),
        unless=("spell", "collocat"),
    ),
    Theme("Range of vocabulary", (r"range\b", r"variety\b", "sophisticat"), criteria=(_LEXIS,)),
    # Task Achievement, Task Response
    Theme("Overview", ("overview",)),
    Theme(
        "Data and figures",
        (r"data\b", r"figures?\b", r"(?:percentages?|units|statistics)\b"),
        unless=("overview", "figure of speech", "figures of speech", "figure shows"),
        criteria=_CONTENT,
    ),
    Theme(
        "Key features and comparison",
        (
            r"(?:key|main|important|significant) features?",
            r"(?:key|main) trends?",
            r"little comparison",
            r"comparisons? (?:is|are) (?:missing|limited|few|rare|not)",
            r"(?:lack of|more|make|making) comparisons?",
            r"compare (?:two|the|items|figures|data)\b",
            r"(?:not grouped|grouping|group (?:similar|the data))",
            r"one after another",
            r"(?:small|minor) details?",
        ),
        unless=("overview",),
        criteria=_CONTENT,
    ),
    Theme("Key features and comparison", (r"comparisons?\b", r"contrasts?\b"), criteria=(_TASK,)),
    Theme(
        "Clear position",
        (
            r"positions?\b",
            r"opinions?\b",
            r"(?:clear|your|own|writer['’]s) (?:view|stance|viewpoint)\b",
            r"thesis",
        ),
        criteria=_CONTENT,
    ),
    Theme(
        "Introduction and conclusion",
        (r"conclusions?\b", r"concluding", r"introductions?\b", r"introductory", r"(?:final|last|closing) paragraph"),
        unless=("overview", "position", "opinion"),
        criteria=_CONTENT,
    ),
    Theme(
        "Answering the whole question",
        (
            r"(?:all|every|some|other) (?:the )?parts? of the (?:task|question|prompt)",
            r"(?:answer|address|respond to)(?:s|es|ed|ing)? (?:all|both|the whole|the full|only part)",
            r"(?:not|partially|partly|fully|fails? to) (?:fully |directly )?(?:answer|address)(?:ed)?\b",
            r"(?:first|second|last|one|other) (?:half|part) of the (?:task|question|prompt)",
            r"task (?:response )?is (?:incomplete|partial|not)",
            r"off\W?topic",
            r"strays?\b",
            r"(?:only|just) one (?:view|side|part)\b",
            r"irrelevan",
            r"relevance",
            r"task requirements?",
        ),
    ),
    Theme(
        "Number of words",
        (
            r"word (?:count|limit)",
            r"under\W?length",
            r"(?:minimum|required) (?:number of )?(?:words|length)",
            r"word\W(?:minimum|requirement)",
            r"\d+\Wword minimum",
            r"(?:essay|response|report|letter|text) is (?:too |very |rather )?(?:short|brief|long)",
        ),
    ),
    # Coherence and Cohesion
    Theme(
        "Linking words and cohesion",
        (
            r"linkers?\b",
            r"link(?:ing|s|ed)? (?:words?|phrases?|devices?|expressions?|with reference)",
            r"linking\b",
            r"connect(?:ives?|ors?)\b",
            r"conjunctions?\b",
            r"cohesi",
            r"discourse markers?",
            r"transitions?\b",
            r"sentences are not linked",
            r"referring back",
            r"(?:dis|un)connected",
            r"disjointed",
        ),
        unless=(r"linking and weak forms", r"paraphras"),
    ),
    Theme(
        "Reference (it, this, they)",
        (r"pronouns?\b", r"reference\b", r"referencing", r"refers? to\b", r"antecedent", r"(?:it|this) or they"),
        unless=(r"(?:with|by) reference to", "time reference", "linker", "linking", r"relative pronouns?"),
    ),
    Theme(
        "Support, examples and development",
        (
            r"vague",
            r"examples? (?:is|are|was|per|could|from)\b",
            r"(?:developed|concrete|specific|relevant|clear|more|better|single|vague|lack of|few|no) examples?",
            r"support(?:ed|ing)?\b",
            r"(?:not|never|less|fully|under|poorly)\W?(?:well )?(?:developed|explained|extended|elaborated)",
            r"(?:more|further|better|limited|insufficient|lack of|lacks) (?:idea )?development",
            r"develop(?:ment of|ing)? (?:the |your |each |main )?(?:ideas?|points?|arguments?)",
            r"asserted",
            r"(?:elaborat|generic|evidence)",
            r"(?:expanded|explored|developed (?:further|more))",
            r"lacks? (?:of )?(?:depth|details?)\b",
            r"(?:more|further|sufficient|enough) (?:depth|details?)\b",
            r"counter\W?arguments?",
            r"over\W?generali[sz]",
            r"(?:step further|consequences?)\b",
            r"(?:ideas|claims?|points?|arguments?) (?:are|is|remain) (?:too )?(?:general|vague|brief|listed|thin)",
        ),
        unless=(r"answers? (?:are|is|stop)", "data", "figures", r"in every answer"),
        criteria=_CONTENT,
    ),
    Theme(
        "Paragraphs and topic sentences",
        (
            r"paragraphing",
            r"topic sentences?",
            r"(?:without|no|into) (?:clear |separate )?paragraphs\b",
            r"paragraph (?:structure|breaks?|division)",
        ),
    ),
    Theme(
        "Paragraphs and topic sentences",
        (
            r"(?:every|each|body|separate|single|second|long|new) paragraphs?\b",
            r"paragraphs? (?:contain|lack|is|are|has|have|need|should|without)",
        ),
        unless=("cohesion", r"transitions?\b", r"in (?:the |your |both |some )?(?:\w+ )?(?:body )?paragraphs?\b"),
        criteria=_CONTENT,
    ),
    Theme(
        "Order and progression of ideas",
        (
            r"(?:logical|clear|overall) (?:order|sequence|sequencing|progression|organi[sz]ation|structure)",
            r"progression",
            r"jumps? (?:from|between|around)",
            r"organi[sz](?:e|ed|ation)\b",
            r"sequenc",
            r"coherence\b",
            r"logical(?:ly)?\b",
            r"structure of (?:long|your|the) (?:answers?|essay|response|argument)",
        ),
        unless=(r"linkers?\b", r"search for words"),
    ),
    Theme("Order and progression of ideas", (r"flow\b",), criteria=(_COHERENCE,)),
)
"""The themes in the order in which advice is tried against them."""

BROAD_THEMES: tuple[Theme, ...] = (
    Theme("Grammatical accuracy in general", ("gramma", r"errors?\b", r"slips?\b"), criteria=(_GRAMMAR,)),
    Theme("Grammatical accuracy in general", ("gramma",), criteria=(GENERAL,)),
    Theme("Vocabulary in general", ("vocabular", "lexi", r"(?:words?|phrases?)\b"), criteria=(_LEXIS,)),
    Theme("Vocabulary in general", ("vocabular", "lexical"), criteria=(GENERAL,)),
    Theme(
        "Clarity of pronunciation",
        (r"(?:un)?clear\b", r"clarity\b", "could not be recogni[sz]ed", "hard to (?:understand|recogni[sz]e)"),
        criteria=(_PRONUNCIATION,),
    ),
    Theme(
        "Clarity of pronunciation",
        ("pronunciation", "pronounc", r"accent\b", "intelligib"),
        criteria=(_PRONUNCIATION, GENERAL),
    ),
)
"""Asked where none of `THEMES` fits: what is said of a criterion as a whole."""

_OTHER_LISTS = re.compile(r"weakness|improve|issue|error|mistake", re.IGNORECASE)
"""Lists under a heading that is not ours but says that they name weaknesses or advice: "areas for improvement"."""

_QUOTED = re.compile(
    r"“[^“”]*”|„[^„“”]*[“”]|‘[^‘’]*(?:(?<=\w)’(?=\w)[^‘’]*)*’|«[^«»]*»|\"[^\"]*\"|`[^`]*`"
    r"|(?<!\w)'(?:[^']|(?<=\w)'(?=\w))*'(?!\w)"
)
_NOTHING = re.compile(
    r"\W*(?:(?:none|nil|n\W?a|not applicable)(?: (?:identified|noted|found|apparent|observed|significant))?"
    r"|nothing (?:urgent|essential|major|significant|serious|to (?:improve|correct|add))\b.*"
    r"|(?:there (?:are|is) )?no (?:\w+ ){0,2}(?:weakness(?:es)?|issues?|problems?|errors?)"
    r"(?: (?:(?:are|is|were|was) )?(?:identified|noted|found|apparent|observed))?(?: (?:at|for|in|with) .*)?)\W*",
    re.IGNORECASE | re.DOTALL,
)
"""Where a list of weaknesses holds a sentence that there is none."""


@memoized
def recurring(feedbacks: Sequence[tuple[str, Feedback]]) -> pd.DataFrame:
    """What the feedback of several attempts says more than once, and what it says once: one row per theme.

    `feedbacks`: `(evaluation_id, feedback)`, the newest first. Looked at are weaknesses, improvements and
    recommendations, under every criterion and in general. A weakness counts for every theme it names, advice for the
    first of `THEMES` that fits, as advice names much in passing; a theme counts once per attempt. Where no theme fits,
    sentences that are the same but for case, punctuation, numbers and what they quote stand together under the newest
    of them. A sentence that there is nothing to say ("No major weaknesses") is passed over.

    Columns: `theme` (str; of `THEMES` and `BROAD_THEMES`, else the grader's own words), `criteria` (object: list of
    the criteria's columns it was said under, in the order they first came; empty where only in general), `attempts`
    (int64: distinct evaluations that say it), `as_weakness` (int64: those of them that name it a weakness, where the others
    only give advice on it), `of` (int64: distinct evaluations with feedback that could be read),
    `samples` (object: list of `(evaluation_id, sentence)`, one per attempt, the newest first, a weakness rather than
    advice), `last` (int64: the place in `feedbacks` of the newest attempt that says it; 0 is the newest of all).
    Sorted by `attempts`, then `as_weakness`, most first, then by `last`, then by theme.
    """
    groups: dict[tuple[bool, str], _Group] = {}
    looked_at: set[str] = set()
    for position, (evaluation_id, feedback) in enumerate(feedbacks):
        if evaluation_id in looked_at or not _was_readable(feedback):
            continue
        looked_at.add(evaluation_id)
        for remark in _remarks(feedback):
            names = themes(remark.sentence, remark.criterion, advice=remark.advice)
            keys = [(True, name) for name in names] or [(False, _own_words(remark.sentence))]
            for key in keys:
                group = groups.setdefault(key, _Group(key[1] if key[0] else remark.sentence, position))
                group.samples.setdefault(evaluation_id, remark.sentence)
                if not remark.advice:
                    group.weak.add(evaluation_id)
                if remark.criterion:
                    group.criteria.setdefault(remark.criterion)
    rows = sorted(groups.values(), key=lambda row: (-len(row.samples), -len(row.weak), row.last, row.theme))
    return pd.DataFrame(
        {
            "theme": pd.Series([group.theme for group in rows], dtype="str"),
            "criteria": pd.Series([[*group.criteria] for group in rows], dtype="object"),
            "attempts": pd.Series([len(group.samples) for group in rows], dtype="int64"),
            "as_weakness": pd.Series([len(group.weak) for group in rows], dtype="int64"),
            "of": pd.Series([len(looked_at)] * len(rows), dtype="int64"),
            "samples": pd.Series([[*group.samples.items()] for group in rows], dtype="object"),
            "last": pd.Series([group.last for group in rows], dtype="int64"),
        }
    )


def themes(sentence: str, criterion: str = GENERAL, *, advice: bool = False) -> list[str]:
    """The names of the themes a sentence belongs to, in the order of the table; of advice the first one only.

    `criterion` is the column of the criterion it is said under (`grammar_band`). What the sentence quotes is not
    looked at: those are the student's words. Empty where no theme fits.

    >>> themes("Frequent errors in articles and prepositions", "grammar_band")
    ['Articles (a, an, the)', 'Prepositions']
    """
    text = _without_quotes(sentence)
    for table in (THEMES, BROAD_THEMES):
        names = list(dict.fromkeys(theme.name for theme in table if theme.fits(text, criterion)))
        if names:
            return names[:1] if advice else names
    return []


@dataclass
class _Group:
    """One row in the making: a sentence per evaluation, the newest first; the evaluations that name it a weakness; the
    criteria it was said under.
    """

    theme: str
    last: int
    samples: dict[str, str] = field(default_factory=dict)
    weak: set[str] = field(default_factory=set)
    criteria: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True)
class _Remark:
    """One sentence of a feedback: a weakness, or advice."""

    sentence: str
    criterion: str
    advice: bool


def _was_readable(feedback: Feedback) -> bool:
    return bool(feedback.general or feedback.recommendations or feedback.criteria or feedback.quoted_examples)


def _remarks(feedback: Feedback) -> Iterator[_Remark]:
    """What a feedback says is weak, then what it advises; under the criteria first, as it is more exact there."""
    places = [*((criterion.column, criterion.remarks) for criterion in feedback.criteria), (GENERAL, feedback.general)]
    found = [(line, column, False) for column, remarks in places for line in remarks.weaknesses]
    found += [(line, column, True) for column, remarks in places for line in remarks.improvements]
    found += [(line, GENERAL, True) for line in feedback.recommendations]
    for column, remarks in places:
        for heading, lines in remarks.others:
            if _OTHER_LISTS.search(heading):
                found += [(line, column, "improve" in heading.lower()) for line in lines]
    for line, column, advice in found:
        sentence = " ".join(line.split())
        if sentence and not _NOTHING.fullmatch(sentence):
            yield _Remark(sentence, column, advice)


def _without_quotes(sentence: str) -> str:
    """The beginning of a sentence without its quotations, unless it is nothing but one."""
    beginning = sentence[:LONGEST_SENTENCE]
    bare = _QUOTED.sub(" ", beginning)
    return bare if re.search(r"\w", bare) else beginning


def _own_words(sentence: str) -> str:
    """What makes two sentences the same: words in lower case, without punctuation, numbers and quotations."""
    words = re.sub(r"[\W\d_]+", " ", _without_quotes(sentence).casefold()).strip()
    return words or sentence[:LONGEST_SENTENCE].casefold()
