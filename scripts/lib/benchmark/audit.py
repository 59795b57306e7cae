"""What the audit log of a throw-away cluster says of the requests that were made."""

import datetime
import json
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    user: str
    verb: str
    #: `replicasets/status`.
    resource: str
    #: (namespace, name); a list has no name.
    key: tuple[str, str]
    uri: str
    #: Milliseconds.
    received: float
    answered: float
    #: Of a patch.
    body: dict

    @property
    def metadata(self) -> dict:
        return self.body.get("metadata", {})


class Audit:
    """From the moment that it is made."""

    def __init__(self, path: str):
        self.path = pathlib.Path(path)
        self.since = self.path.stat().st_size

    def requests(self) -> Iterator[Request]:
        with open(self.path, "rb") as log:
            log.seek(self.since)
            for line in log:
                if not line.endswith(b"\n"):
                    return  # it is being written
                event = json.loads(line)
                of = event.get("objectRef", {})
                resource = "/".join(of[part] for part in ("resource", "subresource") if part in of)
                yield Request(event["user"]["username"], event["verb"], resource, (of.get("namespace", ""), of.get("name", "")),
                              event["requestURI"], milliseconds(event["requestReceivedTimestamp"]),
                              milliseconds(event["stageTimestamp"]), event.get("requestObject") or {})


def milliseconds(moment: str) -> float:
    return datetime.datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp() * 1000
