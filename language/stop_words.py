"""Stop words: English words that say nothing of what a text is about.

`FUNCTION_WORDS` is the list. What is built from it differs where the question differs: a word that says nothing of a
topic ("only") can turn a claim round, and a word that names something in prose ("list") is empty in a request.
"""

FUNCTION_WORDS = frozenset(
    """
    a about after all also an and any are as at be because been before being between both but by can could did do does
    doing done each else few for from had has have having he her here hers him his how i if in into is it its itself
    just many me more most much my no nor not of off on one only or other our ours out over own per same she should so
    some such than that the their them then there these they this those through to too under until up upon us very was
    we were what when where whether which while who whom whose why will with within without would you your
    """.split()
)
"""The words that a search leaves out of a question."""

WORDS_OF_ASKING = frozenset(
    """
    again am either example examples explain further give given kind let like list may mean means might name once ones
    please really say says show tell thank thanks theirs thing use used way work works
    """.split()
)
"""Words with which people ask, whatever they ask about: "please tell me once again what it means"."""

CLAIM_WORDS = frozenset("after before else few many more most much only until".split())
"""Function words that a claim is made of: with one changed it says something else ("after 1900", "only two")."""

NO_CLAIM = (FUNCTION_WORDS - CLAIM_WORDS) | frozenset(
    """
    according accordingly across actually again against along although am amid amidst among amongst another around
    beside besides beyond cannot cf concerning consequently despite down during e eg either etc even ever every
    furthermore g get got hence herself himself however ie indeed instead its' kind kinds let lets like likewise may
    meanwhile might mine moreover must myself namely near neither never nevertheless nobody none nonetheless nothing now
    nowhere oneself ones onto others otherwise ought ourselves quite rather really regarding respectively shall simply
    since sort sorts still theirs themselves thereby therefore therein thereof thing things though throughout thus
    toward towards unless via vs way ways well whatever whereas whereby wherein whichever whoever yet yours yourself
    """.split()
)
"""Words that carry no claim of their own. Negations are among them: the verdict looks at those apart."""

NO_NAME = FUNCTION_WORDS | frozenset(
    """
    above across again against almost along already although always among another away become began behind below
    besides beyond despite down during earlier early either even ever every finally first former further get hence
    however including indeed initially instead last later latter least less like likewise made mainly may meanwhile
    might moreover must near nearly neither never nevertheless next none note now often once onto others otherwise
    perhaps rather recently see several similarly since sometimes soon still thereafter therefore though throughout thus
    today together toward towards two unlike use used using usually well whereas yes yet
    """.split()
)
"""Words that begin a sentence, and are no name by that."""

OF_ENGLISH_ALONE = frozenset(
    """
    about and are because been between but can each for from has have into is it its more of only other such than that
    the their then there these they this those were what when which with would you your
    """.split()
)
"""Function words that English sentences cannot do without, and other languages hardly have."""
