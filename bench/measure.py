"""Runs commands to their end, one after the other, and prints what each has cost as lines of JSON.

Standard input: {"env": {...}, "rounds": N, "commands": {"name": ["program", "argument", ...], ...}}. Python because Node does
not pass on what wait4 says of a child, and because a small parent does not show in its children's peak memory, which
Linux counts from the fork on. AWS CLI needs Python anyway.
"""

import json
import os
import sys
import time

job = json.load(sys.stdin)
nowhere = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
names = list(job['commands'])

for number in range(job['rounds']):
    for name in names[number % len(names):] + names[:number % len(names)]:
        command = job['commands'][name]
        began = time.perf_counter()
        child = os.posix_spawn(command[0], command, job['env'], file_actions=nowhere)
        _, status, used = os.wait4(child, 0)
        seconds = time.perf_counter() - began
        if status != 0:
            sys.exit(f'{" ".join(command)}: exit code {os.waitstatus_to_exitcode(status)}')
        cost = {'ms': seconds * 1e3, 'cpuMs': (used.ru_utime + used.ru_stime) * 1e3, 'mib': used.ru_maxrss / 1024}
        print(json.dumps({'round': number, 'name': name, **cost}), flush=True)
