import { expect } from 'vitest'

/** What a registry keeps, seen and changed behind its back: rows by SQL, bytes by their storage keys. */
export interface Stores {
  query<Row>(sql: string): Promise<Row[]>
  /** Runs one statement, without the database's own constraints if need be. It makes faults. */
  change(sql: string): Promise<void>
  /** Fails unless the database finds itself sound. */
  expectSoundDatabase(): Promise<void>
  /** The keys of all bytes, with those of unfinished uploads. */
  keys(): Promise<Set<string>>
  read(key: string): Promise<Buffer>
  write(key: string, bytes: Uint8Array): Promise<void>
  remove(key: string): Promise<void>
}

/** Expects a sound database, and that a blob, an upload or the journal of removals accounts for all bytes. */
export async function expectWholeStorage({ stores }: { readonly stores: Stores }): Promise<void> {
  await stores.expectSoundDatabase()
  const keysOf = async (table: string) =>
    (await stores.query<{ storage_key: string }>(`select storage_key from ${table}`)).map(row => row.storage_key)
  // Bytes are looked at first: what comes into being afterwards has its row before its bytes.
  const stored = await stores.keys()
  const blobs = await keysOf('blobs')
  const known = new Set([...blobs, ...(await keysOf('uploads')), ...(await keysOf('removals'))])
  expect([...stored].filter(key => !known.has(key))).toEqual([])
  expect(blobs.filter(key => !stored.has(key))).toEqual([])
}
