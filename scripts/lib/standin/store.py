"""What the stand-in knows of the API server: objects by key, ReplicaSets by their owner too; and what it loses."""

from . import judge
from .api import REPLICA_SETS, ROLLOUTS


def key_of(thing):
    return f"{thing['metadata']['namespace']}/{thing['metadata']['name']}"


def version(thing):
    return int(thing["metadata"]["resourceVersion"])


def owner(replica_set):
    """The uid and key of the Rollout that owns it, or None."""
    for one in replica_set["metadata"].get("ownerReferences", []):
        if one.get("controller") and one["kind"] == "Rollout":
            return one["uid"], f"{replica_set['metadata']['namespace']}/{one['name']}"
    return None


class Store:
    def __init__(self):
        self.objects = {ROLLOUTS: {}, REPLICA_SETS: {}}
        self.by_owner = {}

    def get(self, kind, key):
        return self.objects[kind].get(key)

    def put(self, kind, thing):
        self.remove(kind, key_of(thing))
        self.objects[kind][key_of(thing)] = thing
        if kind == REPLICA_SETS and owner(thing):
            self.by_owner.setdefault(owner(thing)[0], {})[key_of(thing)] = thing

    def remove(self, kind, key):
        thing = self.objects[kind].pop(key, None)
        if thing and kind == REPLICA_SETS and owner(thing):
            siblings = self.by_owner[owner(thing)[0]]
            del siblings[key]
            if not siblings:
                del self.by_owner[owner(thing)[0]]

    def owned(self, rollout):
        """Its ReplicaSets, the oldest first."""
        found = self.by_owner.get(rollout["metadata"]["uid"], {}).values()
        return sorted(found, key=lambda one: (one["metadata"]["creationTimestamp"], one["metadata"]["name"]))


class Lost:
    """One change of one object that the cache never hears of; the next write of somebody else tells it everything."""

    def __init__(self, word):
        self.word = word
        # The object's generation when the change was lost; None before that.
        self.generation = None

    def swallows(self, kind, cached, thing, is_own):
        """Whether this event is lost. `is_own`: it comes of our own writing."""
        if self.generation is None:
            if belief(kind, cached) == belief(kind, thing):
                return False
            self.generation = thing["metadata"]["generation"]
            return True
        return is_own and (kind == ROLLOUTS or thing["metadata"]["generation"] == self.generation)


class Outdated(Lost):
    """The cached version is older than the stored one, and so every write of the controller conflicts."""

    def __init__(self, word, thing):
        super().__init__(word)
        self.generation = thing["metadata"]["generation"]
        self.since = version(thing)

    def swallows(self, kind, cached, thing, is_own):
        return version(thing) <= self.since


def belief(kind, thing):
    if kind == ROLLOUTS:
        return thing["metadata"]["generation"]
    return judge.replicas(thing), [judge.count(thing, one) for one in ("replicas", "readyReplicas", "availableReplicas")]
