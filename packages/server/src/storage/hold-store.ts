import type { HeldStore } from '../ports/held-store.ts'
import type { Rows } from '../ports/metadata-store.ts'
import type { RegistryContext } from '../registry/context.ts'
import { FolderInUse, lockFolder } from './folder-lock.ts'
import { presentServers } from './presence.ts'

/** A server holds the store, and the work may only be done while none does. */
export class StoreHeld extends Error {
  constructor(holders: string) {
    super(
      `--ignore-leases works only while no server holds the store, since a push that is under way would lose what it ` +
        `has sent. ${holders} Stop berthd first, or leave the option out.`,
    )
    this.name = 'StoreHeld'
  }
}

/** Holds the store. @throws StoreHeld */
export async function holdStore(dataDir: string, { metadata, clock }: RegistryContext): Promise<HeldStore> {
  if (!metadata.isShared) {
    const lock = await lockFolder(dataDir).catch((error: unknown) => {
      throw error instanceof FolderInUse ? new StoreHeld(`A berthd works on ${dataDir}.`) : error
    })
    return { check: async () => {}, [Symbol.dispose]: () => lock[Symbol.dispose]() }
  }
  const check = async (rows: Rows) => {
    const now = clock.now()
    const until = (await presentServers(rows, now)).map(server => server.presentUntil)
    if (until.length === 0) return
    const seconds = Math.ceil((Math.max(...until) - now) / 1000)
    throw new StoreHeld(
      `${until.length === 1 ? '1 server does' : `${until.length} servers do`} now; one that was killed counts for ` +
        `${seconds} seconds more.`,
    )
  }
  await check(metadata.rows)
  return { check, [Symbol.dispose]: () => {} }
}
