"""Types into a real interactive shell at a terminal, and waits until its completion has written what is expected.

    type-in-shell.py bash|zsh SETUP

SETUP is a line that loads completions. Cases come on stdin, a line each: what is typed (@ is the tab key), a vertical bar, what the line must then show.
"""
import os
import pty
import re
import select
import signal
import sys
import time

PROMPT = "READY> "
PATIENCE = 3
TRIES = 4


class Shell:
    def __init__(self, name, load):
        arguments, setup = {
            "bash": (["bash", "--norc", "--noprofile", "-i"],
                     "bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; %s; PS1='%s'\n"),
            "zsh": (["zsh", "-f", "-i"],
                    "autoload -Uz compinit; unsetopt BEEP; %s; PS1='%s'\n"),
        }[name]
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm", COLUMNS="200", LINES="50", HISTFILE="")
            os.execvp(arguments[0], arguments)
        self.seen = ""
        self.count = 0
        self.write(setup % (load, PROMPT))
        # Once as typed, and once as the prompt.
        self.wait(lambda text: text.endswith(PROMPT) or re.search(re.escape(PROMPT) + r"(\x1b\[[^m]*m|\s)*$", text))

    def write(self, text):
        os.write(self.terminal, text.encode())

    def wait(self, is_there):
        deadline = time.monotonic() + PATIENCE
        while not is_there(self.seen):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.terminal], [], [], left)[0]:
                return False
            try:
                self.seen += os.read(self.terminal, 65536).decode(errors="replace")
            except OSError:
                return False
        return True

    def type(self, text, expected):
        self.seen = ""
        for part in re.split("(@)", text):
            self.write("\t" if part == "@" else part)
        found = self.wait(lambda seen: expected in plain(seen))
        said = plain(self.seen)
        # Clears the line and reads late output before the next line is typed.
        self.count += 1
        self.write("\x15echo end-$((%d + 0))\n" % self.count)
        self.wait(lambda text: re.search("end-%d\n.*%s" % (self.count, re.escape(PROMPT)), plain(text), re.DOTALL))
        return found, said

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def plain(text):
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|.\x08|[\r\x07\x00]", "", text)


def main():
    shell = Shell(sys.argv[1], sys.argv[2])
    failed = 0
    for line in sys.stdin.read().splitlines():
        typed, expected = line.split("|", 1)
        # On a busy machine the answer may take longer than 300 ms and be empty; then the text is typed again.
        for _ in range(TRIES):
            found, said = shell.type(typed, expected)
            if found:
                break
        if not found:
            failed += 1
            print("%s: %r did not bring %r but %r" % (sys.argv[1], typed, expected, said))
    shell.end()
    sys.exit(1 if failed else 0)


main()
