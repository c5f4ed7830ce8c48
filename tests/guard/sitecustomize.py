"""Log every host that a Python process contacts, and block all hosts except this machine.

Python imports this module at its start if this folder is on PYTHONPATH. Every lookup, connection, datagram and child process
is one line in the file that GUARD_LOG names: the audit event, a tab, and the host and port or the command. A child process
that does not run Python is not watched, so there should be none.
"""

import errno
import os
import sys

THIS_MACHINE = {"127.0.0.1", "::1", "localhost"}
CONNECTION_EVENTS = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getnameinfo"}
LOOKUP_EVENTS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
CHILD_EVENTS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"}

log = os.open(os.environ["GUARD_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def write(event, detail):
    """Write one line to the log."""
    os.write(log, f"{event}\t{detail}\n".encode())


def watch(event, arguments):
    """The audit hook: Python calls it before each event, and an exception raised here prevents the event."""
    if event in CHILD_EVENTS:
        write(event, " ".join(map(str, arguments)))
        return
    if event in CONNECTION_EVENTS:
        address = arguments[-1]
        # the address of a Unix socket is a path
        host, port = address[:2] if isinstance(address, tuple) else (None, None)
    elif event in LOOKUP_EVENTS:
        host, port = (*arguments, None)[:2]
    else:
        return
    if host:
        host = host.decode() if isinstance(host, bytes) else host
        write(event, f"{host}:{port}")
        if host not in THIS_MACHINE:
            raise OSError(errno.ENETUNREACH, "guarded", host)


write("started", " ".join(sys.orig_argv))
sys.addaudithook(watch)
