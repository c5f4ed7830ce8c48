"""Writes down every host that a Python process turns to, and lets it turn to none but this machine.

Python imports this by itself where the folder is on PYTHONPATH, before anything else. One line for each look-up, connection,
datagram and child process goes to the file that GUARD_LOG names: the audit event and, with a tab between, the host and port
or the command. A child may be no Python, so that what it does would not be seen: there should be none.
"""

import errno
import os
import sys

HERE = {"127.0.0.1", "::1", "localhost"}
ADDRESSED = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getnameinfo"}
NAMED = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
STARTED = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"}

log = os.open(os.environ["GUARD_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def write(event, what):
    """One line."""
    os.write(log, f"{event}\t{what}\n".encode())


def watch(event, arguments):
    """Python calls this before it does what the event names; what is raised here is raised there."""
    if event in STARTED:
        write(event, " ".join(map(str, arguments)))
        return
    if event in ADDRESSED:
        address = arguments[-1]
        # the address of a socket that does not leave this machine is a path
        host, port = address[:2] if isinstance(address, tuple) else (None, None)
    elif event in NAMED:
        host, port = (*arguments, None)[:2]
    else:
        return
    if host:
        host = host.decode() if isinstance(host, bytes) else host
        write(event, f"{host}:{port}")
        if host not in HERE:
            raise OSError(errno.ENETUNREACH, "guarded", host)


write("begun", " ".join(sys.orig_argv))
sys.addaudithook(watch)
