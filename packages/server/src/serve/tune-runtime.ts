import { setFlagsFromString } from 'node:v8'

/**
 * Tells V8 not to mark the heap on other threads. An upload's bytes arrive as buffers outside of the heap, and every
 * 64 MiB of them start a collection of all of it. Marking a small heap concurrently then costs more than it saves: a
 * third of the CPU of a push (docs/decisions/0008-marking-on-the-main-thread.md).
 */
export function tuneRuntime(): void {
  setFlagsFromString('--no-concurrent-marking')
}
