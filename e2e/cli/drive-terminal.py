"""Runs a program on a pseudo-terminal, types at it and prints what it shows. The Node standard library has no pty.

drive-terminal.py STEPS PROGRAM ARGUMENT...    STEPS is JSON: [[text to wait for, text to type], ...]
"""
import fcntl, json, os, pty, select, struct, sys, termios, time

TIMEOUT_SECONDS = 20

steps = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 100, 0, 0))

shown, seen, end = '', 0, time.time() + TIMEOUT_SECONDS
while time.time() < end:
    if steps and steps[0][0] in shown[seen:]:
        seen = len(shown)
        os.write(terminal, steps.pop(0)[1].encode())
    if not select.select([terminal], [], [], 0.1)[0]:
        continue
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    shown += piece.decode('utf-8', 'replace')

status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) if time.time() < end else 'timeout'
print(json.dumps({'shown': shown, 'exit': status, 'left': steps}))
