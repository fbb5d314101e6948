import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Transfer = (this: ArrayBufferLike, newByteLength: number) => ArrayBuffer

/** ES2024's `ArrayBuffer.prototype.transfer`. The V8 of Node 20 has it behind a flag, for contexts made after that. */
function findTransfer(): Transfer | undefined {
  const own = (ArrayBuffer.prototype as { transfer?: Transfer }).transfer
  if (own !== undefined) return own
  setFlagsFromString('--harmony-rab-gsab-transfer')
  return runInNewContext('ArrayBuffer.prototype.transfer') as Transfer | undefined
}

const transfer = findTransfer()

/**
 * Gives a buffer's memory back at once, where the buffer has all of it to itself. The buffer is empty from then on.
 * The garbage collector would give it back as well, but comes once 64 MiB wait for it.
 */
export function freeBuffer(buffer: Buffer): void {
  if (buffer.length > 0 && buffer.length === buffer.buffer.byteLength) transfer?.call(buffer.buffer, 0)
}
