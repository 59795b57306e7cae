"""Every attack there is."""

from attacks import bodies, connections, framing, http2, refusals, streams

ALL = bodies.CASES + framing.CASES + connections.CASES + http2.CASES + refusals.CASES + streams.CASES
