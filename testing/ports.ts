import { mkdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Below the range from which systems take ports for connections and for servers that ask for any. */
const PORTS = { first: 15_000, count: 15_000 }

/** A port of the loopback that no other test of this machine uses until it is released. */
export interface ClaimedPort {
  readonly port: number
  release(): Promise<void>
}

/**
 * Claims a port for a program that binds it later, or again after it has ended. A claim is a folder, which one process
 * can make.
 */
export async function claimPort(): Promise<ClaimedPort> {
  const folder = join(tmpdir(), 'berth-ports')
  await mkdir(folder, { recursive: true })
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count)
    const claim = join(folder, String(port))
    const release = () => rm(claim, { recursive: true, force: true })
    const isClaimed = await mkdir(claim).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
        return false
      },
    )
    if (!isClaimed) continue
    if (await isFree(port)) return { port, release }
    await release() // another program has it
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
