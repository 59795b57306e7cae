"""JSONPath templates that kubectl and ours fill from the same document.

kubectl fills one without a server from what a kubeconfig carries as an extension.
"""

import json
import subprocess
from pathlib import Path

TIME_LIMIT = 20
ROOT = ".extensions[0].extension"
ROLLOUT = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout"}
CONDITION = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}

#: `.items` is our list; the numbers that kubectl reads from a kubeconfig are no integers, so it compares them with 2.0 only.
TEMPLATES = [
    "{.items[*].name}", "{.items[0].name}", "{.items[-1].name}", "{.items[-2].name}", "{.items[0:2].name}",
    "{.items[1:].name}", "{.items[:-1].name}", "{.items[::2].name}", "{.items[].name}", "{.items[0,2].name}",
    "{.items[1:1].name}", "{.items.*.name}", "{.items[*]['name','namespace']}", "{.items[0]['replicas.desired']}",
    "{.items..desired}", "{.items[0]..gate}", "{.items[0].replicas.desired}", "{.items[0].restartAt}",
    "{.items[*].gates[0].open}", "{.items[*].gates[*].gate}", "{.nosuch}", "{.items[0].nosuch.deeper}", "{.items.name}",
    "{.items[*].gates[0].nosuch}|", "text {.items[0].name} text", ".items", '{"a\\tb\\x41\\u00e9"}', "{'it'}{\"\\\"\"}",
    '{range .items[*]}{.namespace}/{.name}{"\\n"}{end}', '{range .items[*]}{.name}{"\\t"}{.phase}{"\\n"}{end}.',
    "{range .items[0:2]}<{range .gates[0:2]}{.gate},{end}>{end}", "{range .nosuch[*]}x{end}y",
    '{.items[?(@.name=="web-9")].namespace}', "{.items[?(@.name=='web-9')].namespace}",
    '{.items[?( @.name != "web-9" )].name}', '{.items[?(@.name<"web-9")].name}', '{.items[?(@.name>="web-10")].name}',
    "{.items[?(@.replicas.desired>2.0)].name}", "{.items[?(@.replicas.desired<=2.0)].name}",
    "{.items[?(@.gates[0].open==true)].name}", "{.items[?(@.nosuch)].name}|", "{.items[?(@.restartAt)].name}",
    "{.items[?(@.gates[1])].name}", "{ .items[0].name }", "{$.items[0].name}", "{@.items[0].name}",
    # Errors of both.
    "{.items[9].name}", "{.items[0:9].name}", "{.items[2:1].name}", "{.items[::0].name}", "{.items[0", "{.items",
    "{.items[x]}", '{.items["name"]}', "{#}", "{foo}", "{end}", '{"abc}', "{1.2.3}", "{.items[?(@.name==web)].name}",
    "{.items[?(@.name==1)].name}", "{.items[?(@.name}", "{.items[?(@.name=1)].name}", "{.kind[?(@.x)]}",
    "{.items[?(@.gates[*].open==true)].name}", "",
]


def problems(kubectl: Path, ours: Path, folder: Path) -> list[str]:
    """Where the two print other things, or only one of them fails."""
    saved = folder / "rollouts.json"
    saved.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": rollouts()}))
    listing = [ours, "list", "--all", "-f", saved, "-o"]
    document = json.loads(run([*listing, "json"]).stdout)
    kubeconfig = folder / "extended"
    extension = {"name": "list", "extension": document}
    kubeconfig.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", "extensions": [extension]}))
    viewing = [kubectl, "config", "view", "--raw", "--kubeconfig", kubeconfig, "-o"]
    found = []
    for template in TEMPLATES:
        mine = run([*listing, f"jsonpath={template}"])
        moved = template
        for start in "{.", "{ .", "{$.", "{@.", "{range .":
            for field in "items", "nosuch", "kind":
                if template != ".items" and not within_range(template, field):
                    moved = moved.replace(start + field, start.removesuffix(".") + ROOT + "." + field)
        theirs = run([*viewing, f"jsonpath={moved}"])
        if (mine.returncode == 0) != (theirs.returncode == 0) or mine.stdout != theirs.stdout:
            found.append(f"{template}: kubectl: {theirs.stdout!r} {theirs.stderr[:200]!r}, "
                         f"ours: {mine.stdout!r} {mine.stderr!r}")
    return found


def within_range(template: str, field: str) -> bool:
    """`{.nosuch}` in a range is a field of its items."""
    return "{range" in template and "{range ." + field not in template


def rollouts() -> list[dict]:
    def rollout(name: str, namespace: str, replicas: int) -> dict:
        return ROLLOUT | {
            "metadata": {"name": name, "namespace": namespace, "uid": f"uid-{name}", "generation": 1},
            "spec": {"replicas": replicas, "strategy": {"canary": {}}},
            "status": {"phase": "Degraded", "observedGeneration": "1", "conditions": [CONDITION],
                       "message": "ProgressDeadlineExceeded: \"it\" timed out"},
        }

    return [rollout("cart", "shop", 1), rollout("web-9", "shop", 2), rollout("web-10", "stage", 3)]


def run(command: list) -> subprocess.CompletedProcess:
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=TIME_LIMIT)
