"""The cases, by topic."""

from case import Case
from cases import credentials

TOPICS = (credentials,)
ALL: list[Case] = [case for topic in TOPICS for case in topic.CASES]
