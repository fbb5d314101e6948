"""Runs command lines of AWS CLI, each in a fork of this process, which has loaded it: that takes most of a start.

Reads lines of JSON, {"id", "program", "args", "cwd", "env"}, and answers each with {"id", "exitCode", "stdout",
"stderr"} when the command has ended, in whatever order they do.
"""

import fcntl
import json
import os
import runpy
import signal
import sys

before = dict(os.environ)
import awscli.clidriver  # noqa: E402, F401

# Where its models are it tells itself by a variable.
own = {name: value for name, value in os.environ.items() if before.get(name) != value}
LIMIT_SECONDS = 60


def become(job, outputs):
    os.chdir(job['cwd'])
    os.environ.clear()
    os.environ.update({**job['env'], **own})
    for descriptor, output in enumerate([os.open(os.devnull, os.O_RDONLY), *outputs]):
        os.dup2(output, descriptor)
    sys.stdin = open(0, closefd=False)
    signal.alarm(LIMIT_SECONDS)
    sys.argv = [job['program'], *job['args']]
    runpy.run_path(job['program'], run_name='__main__')


def text(output):
    os.lseek(output, 0, os.SEEK_SET)
    with open(output, 'rb') as file:
        return file.read().decode(errors='replace')


answering = os.memfd_create('answering')
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    job = json.loads(line)
    if os.fork() != 0:
        continue
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    outputs = [os.memfd_create('stdout'), os.memfd_create('stderr')]
    command = os.fork()
    if command == 0:
        become(job, outputs)
        sys.exit()
    _, status = os.waitpid(command, 0)
    stdout, stderr = map(text, outputs)
    answer = {'id': job['id'], 'exitCode': os.waitstatus_to_exitcode(status), 'stdout': stdout, 'stderr': stderr}
    fcntl.lockf(answering, fcntl.LOCK_EX)  # until this process ends
    with open(1, 'w') as file:
        file.write(json.dumps(answer) + '\n')
    os._exit(0)
