"""What the API server answers: errors in kubectl's words, repeated requests, compression, redirects."""

import json

from case import LIST, Answer, Case, Fails, Refused, arrives
from kubeconfig import home


def status(code: int, reason: str, message: str, **details) -> Answer:
    return Answer(code,
                  json.dumps({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                              "message": message,
                              "reason": reason, "code": code, **({"details": details} if details else {})}))


def fails(name: str, says: str, *answers: Answer, exit_status: int | None = None, **more) -> Case:
    return Case(name, Fails(says), home(), answers=answers, ask=LIST, **more)


NOT_ALLOWED = ('rollouts.argoproj.io is forbidden: User "jane" cannot list resource "rollouts" in API group '
               '"argoproj.io" in the namespace "default"')
TRY_AGAIN = {"Retry-After": "1"}

ERRORS = [
    fails("403", f"Error from server (Forbidden): {NOT_ALLOWED}", status(403, "Forbidden", NOT_ALLOWED)),
    fails("403 without body", "Error from server (Forbidden): ", Answer(403, "", "text/plain")),
    fails("403 in plain text", "Error from server (Forbidden): ", Answer(403, "no", "text/plain")),
    fails("401", "error: You must be logged in to the server (Unauthorized)",
          status(401, "Unauthorized", "Unauthorized")),
    fails("401 in plain text", "You must be logged in to the server", Answer(401, "Unauthorized", "text/plain")),
    fails("404 with a status", "Error from server (NotFound): ",
          status(404, "NotFound", "the server could not find the requested resource")),
    fails("400", "Error from server (BadRequest): ", status(400, "BadRequest", "unable to parse")),
    fails("409", "Error from server (Conflict): changed", status(409, "Conflict", "changed")),
    fails("410", "Error from server (Expired): too old", status(410, "Expired", "too old")),
    fails("422", "Error from server (Invalid): x is invalid", status(422, "Invalid", "x is invalid")),
    fails("429 without Retry-After", "Error from server (TooManyRequests): slow down",
          status(429, "TooManyRequests", "slow down")),
    fails("500 with a status", "Error from server (InternalError): Internal error occurred: etcd",
          status(500, "InternalError", "Internal error occurred: etcd")),
    fails("500 in HTML",
          'Error from server (InternalError): an error on the server ("<html>broken</html>") has prevented the '
          'request from succeeding (get rollouts.argoproj.io)',
          Answer(500, "<html>broken</html>", "text/html")),
    fails("500 in bytes", 'an error on the server ("unknown") has prevented the request from succeeding',
          Answer(500, "x", "application/octet-stream")),
    fails("502", 'an error on the server ("Bad Gateway") has prevented the request from succeeding',
          Answer(502, "Bad Gateway", "text/plain")),
    fails("503 in HTML",
          "Error from server (ServiceUnavailable): the server is currently unable to handle the request (get "
          "rollouts.argoproj.io)",
          Answer(503, "<html>", "text/html")),
    fails("504 in plain text",
          "Error from server (Timeout): the server was unable to return a response in the time allotted, but may "
          "still be processing the request (get rollouts.argoproj.io)",
          Answer(504, "late", "text/plain")),
    fails("418",
          "Error from server: the server responded with the status code 418 but did not return more information (get "
          "rollouts.argoproj.io)",
          Answer(418, "tea", "text/plain")),
    fails("an error without reason", "Error from server: strange", status(500, "", "strange")),
    fails("an error with an unknown reason", "Error from server (Strange): strange", status(500, "Strange", "strange")),
    fails("200 with a failure in it", "Error from server (Forbidden): no",
          Answer(200, status(403, "Forbidden", "no").body)),
    fails("a status as text", "Error from server (Forbidden): ",
          Answer(403, status(403, "Forbidden", "no").body, "text/plain")),
    fails("a long text", 'an error on the server ("xxx', Answer(500, "x" * 5000, "text/plain")),
    fails("403 with a message on two lines", "Error from server (Forbidden): one\ntwo",
          status(403, "Forbidden", "one\ntwo")),
    fails("several causes", "Error from server (Invalid): x is invalid: [a, b]",
          status(422, "Invalid", "x is invalid: [a, b]", kind="Rollout", name="x",
                 causes=[{"message": "a"}, {"message": "b"}])),
    Case("an answer that is late", Fails("Unable to connect to the server: "), home(), flags=("--request-timeout=1",),
         ask=LIST,
         answers=(Answer(delay=3),)),
    fails("200 with nonsense", "", Answer(200, "<html>log in</html>", "text/html")),
    fails("200 that is cut off", "",
          Answer(200, '{"apiVersion":"argoproj.io/v1alpha1","kind":"RolloutList","items":[')),
]

#: Requested as lists: kubectl 1.20 retries only those.
AGAIN = [
    Case("429 with Retry-After", arrives(requests=2), home(), ask=LIST,
         answers=(Answer(429, "", headers=TRY_AGAIN), Answer())),
    Case("503 with Retry-After", arrives(requests=2), home(), ask=LIST,
         answers=(Answer(503, "", headers=TRY_AGAIN), Answer())),
    Case("429 with Retry-After: 0", arrives(requests=3), home(), ask=LIST,
         answers=(Answer(429, "", headers={"Retry-After": "0"}), Answer(429, "", headers={"Retry-After": "0"}),
                  Answer())),
    Case("429 with a date", Fails(""), home(), ask=LIST,
         answers=(Answer(429, "", headers={"Retry-After": "Fri, 31 Dec 2999 23:59:59 GMT"}), Answer())),
    Case("503 for ever, with Retry-After", Fails("", requests=11), home(), ask=LIST,
         answers=(Answer(503, "", headers={"Retry-After": "0"}),)),
    Case("404 with Retry-After", Fails(""), home(), answers=(Answer(404, "", headers=TRY_AGAIN),)),
]

COMPRESSION = [
    Case("gzip is asked for", arrives(accept_encoding="gzip"), home()),
    Case("gzip is understood", arrives(accept_encoding="gzip"), home(),
         answers=(Answer(headers={"Content-Encoding": "gzip"}),)),
    Case("disable-compression", arrives(accept_encoding=None), home(cluster={"disable-compression": True}), since=26),
    Case("--disable-compression", arrives(accept_encoding=None), home(), flags=("--disable-compression",), since=26),
]

NEXT_PAGE = Answer(body=json.dumps({"apiVersion": "argoproj.io/v1alpha1", "kind": "RolloutList",
                                    "metadata": {"resourceVersion": "1", "continue": "next"}, "items": []}))

PAGES = [
    Case("two pages", arrives(requests=2), home(), ask=LIST, answers=(NEXT_PAGE, Answer())),
    Case("the second page is out of date", Fails("Error from server (Expired): too old", requests=2), home(), ask=LIST,
         answers=(NEXT_PAGE, status(410, "Expired", "too old"), Answer()), ours=arrives(requests=3),
         differs="expired-page"),
    Case("the second page is refused", Fails("Error from server (Forbidden): no", requests=2), home(), ask=LIST,
         answers=(NEXT_PAGE, status(403, "Forbidden", "no"))),
]

NOT_THERE = status(404, "NotFound", 'rollouts.argoproj.io "web" not found', name="web", kind="rollouts")

NAMED = [
    Case("a name that is not there", Fails('Error from server (NotFound): rollouts.argoproj.io "web" not found'),
         home(), flags=("web",),
         ask=LIST, answers=(NOT_THERE, Answer()),
         ours=Fails('Error from server (NotFound): rollouts.argoproj.io "web" not found', requests=2),
         differs="names-anywhere"),
    Case("a name that one may not read", Fails("Error from server (Forbidden): no"), home(), flags=("web",), ask=LIST,
         answers=(status(403, "Forbidden", "no"),)),
    Case("a name with a slash", Refused(""), home(), flags=("a/web",), ask=LIST, answers=(NOT_THERE, Answer()),
         ours=Fails("not found", requests=2), differs="names-anywhere"),
    Case("a name and -A", Refused("a resource cannot be retrieved by name across all namespaces", status=1), home(),
         flags=("web", "-A"), ask=LIST, ours=arrives(path="/apis/argoproj.io/v1alpha1/rollouts"),
         differs="names-anywhere"),
    Case("a name and a selector", Refused("name cannot be provided when a selector is specified", status=1), home(),
         flags=("web", "-l", "a=b"), ask=LIST, ours=arrives(), differs="names-anywhere"),
    Case("Rollouts are not known", Fails("Error from server (NotFound): "), home(), ask=LIST,
         answers=(Answer(404, "404 page not found\n", "text/plain"),),
         ours=Fails("Argo Rollouts is not installed", status=1),
         differs="not-installed"),
]

REDIRECTS = [
    Case("a redirect", arrives(requests=2), home(),
         answers=(Answer(302, "", headers={"Location": "@SERVER@/moved/rollouts"}), Answer()),
         ours=Fails("", status=1), differs="redirects"),
    Case("a redirect to another server", arrives(requests=2, authorization="Bearer s3cr3t-w0rd-token"), home(),
         answers=(Answer(307, "", headers={"Location": "https://localhost:@PORT@/moved/rollouts"}), Answer()),
         ours=Fails("", status=1), differs="redirects"),
]

def warned(name: str, header: str, says: str = "", **more) -> Case:
    return Case(name, arrives(says=says), home(), answers=(Answer(headers={"Warning": header}),), **more)


HEADERS = [
    Case("the name of the program", arrives(agent_like_kubectl=True), home()),
    warned("a warning of the server", '299 - "old"', "Warning: old"),
    warned("two warnings in one header", '299 - "old", 299 - "older"', "Warning: older"),
    warned("a warning with quotation marks", r'299 - "use \"new\""', 'Warning: use "new"'),
    warned("a warning with another number is not shown", '199 - "old"'),
    warned("a warning that is none is not shown", "old"),
]

CASES = ERRORS + AGAIN + PAGES + NAMED + COMPRESSION + REDIRECTS + HEADERS
