"""How a tool is started by the benchmark: it says that it is connected, waits for a word, and says how it ended.

So the start of Python and the imports are in nobody's time. Where the database is comes from libpq's environment variables.
"""

import sys


def carry_out(connect, change):
    connect()
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        change()
        print("done", flush=True)
    except Exception as e:
        print("failed", sqlstate(e), flush=True)


def sqlstate(error):
    while error is not None:
        for holder in (error, getattr(error, "orig", None)):
            state = getattr(holder, "sqlstate", None)
            if state:
                return state
        error = error.__cause__
    raise
