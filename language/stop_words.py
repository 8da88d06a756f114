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

NO_TOOL = FUNCTION_WORDS | frozenset(
    "calculate compute determine find get given like need please show tell want".split()
)
"""Words of a request that say nothing of which tool it needs."""

CHUNK_ENDS = FUNCTION_WORDS | frozenset(
    """
    based called containing during including involving located named near related s since titled uses using
    """.split()
)
"""Words at which a chunk of a request ends: what lies between two of them is named together."""

NO_ARGUMENT = frozenset(
    """
    a an and are as at be by can default do e eg for from g get given i if in integer is it its list name number of on
    or should specified string that the this to type use used using value want which will with you your
    """.split()
)
"""Words that say nothing of which argument is meant, in a request or in a schema. Not all function words: with the
rest, fewer requests that need a tool are known as such (.945 for .95 of 300)."""

SPAN_EDGES = frozenset(
    """
    a about after against an and are around as at be before between by can could did do does during find for from get
    give has have how i in into is it its me my near of on or over please show since tell than that the their this
    through to under until using was were what when where which while who will with within would you your
    """.split()
)
"""Words with which no argument begins or ends, "The Plaza" excepted. Not all function words: "all", "no" and "more" are
parts of what is asked for, and without them .800 for .805 of 300 requests have all arguments right."""

SPAN_ENDS = SPAN_EDGES | frozenset(
    """
    based called containing cost costing featuring including involving like located named numbered offering over past
    plus priced regarding related specializing titled upcoming use used uses versus via vs wants without
    """.split()
)
"""Words that no argument begins or ends with, or goes past."""

IN_NAMES = frozenset("a and for in is of on the to with".split())
"""Function words that a name may have inside, as "The Lord of the Rings" has."""
