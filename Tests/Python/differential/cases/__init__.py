"""The cases, by topic."""

from case import Case
from cases import answers, chains, credentials, lookup, notation, plugins, proxies, selection, styles, trust

TOPICS = (styles, lookup, notation, selection, credentials, plugins, trust, chains, proxies, answers)
ALL: list[Case] = [case for topic in TOPICS for case in topic.CASES]
