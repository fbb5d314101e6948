import { mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Below the ports that systems give to connections, so that none takes one between two runs of a server. */
const PORTS = { first: 15_000, count: 15_000 }

/** A port that no other test of this machine uses until it is released. */
export interface ClaimedPort {
  readonly port: string
  release(): Promise<void>
}

/** Claims a port, by a folder that one process can make. Another program may have the port. */
export async function claimPort(): Promise<ClaimedPort> {
  const folder = join(tmpdir(), 'berth-ports')
  await mkdir(folder, { recursive: true })
  for (;;) {
    const port = String(PORTS.first + Math.floor(Math.random() * PORTS.count))
    const claim = join(folder, port)
    const isClaimed = await mkdir(claim).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
        return false
      },
    )
    if (isClaimed) return { port, release: () => rm(claim, { recursive: true, force: true }) }
  }
}
