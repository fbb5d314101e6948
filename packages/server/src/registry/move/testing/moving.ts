import { createMemoryBlobStore } from '../../../adapters/blob-memory/blob-memory.ts'
import type { BlobStore } from '../../../ports/blob-store.ts'
import type { Cell, TableRow } from '../../../ports/rows/move/tables.ts'
import { ACCOUNT, ALLOW_ALL, CALLER, type TemporaryRegistry } from '../../../testing/temporary-registry.ts'
import { openTemporarySqliteMetadata } from '../../../testing/temporary-sqlite-metadata.ts'
import { deleteImages } from '../../images/delete-images.ts'
import { putLifecyclePolicy } from '../../lifecycle/policies.ts'
import type { BlobFault } from '../copy-object.ts'
import { type MoveOptions, type MoveReport, moveStorage } from '../move-storage.ts'
import type { Storage } from '../move-target.ts'

/** What a test opened, to be closed at its end. */
export interface OpenStorage extends Storage, AsyncDisposable {}

export const storageOf = ({ context }: TemporaryRegistry, place = 'the source'): Storage => ({
  metadata: context.metadata,
  blobs: context.blobs,
  place,
})

/** An empty SQLite database, with bytes in memory. */
export async function openEmpty(
  place = 'the target',
  blobs: BlobStore = createMemoryBlobStore(),
): Promise<OpenStorage> {
  const metadata = await openTemporarySqliteMetadata()
  return { metadata, blobs, place, [Symbol.asyncDispose]: () => metadata.close() }
}

/** Something in nearly every table: images with tags, an index, a bin, users with keys and policies, a rule. */
export async function fill(registry: TemporaryRegistry): Promise<void> {
  const { accounts, context, repository } = registry
  await accounts.createUser(ACCOUNT, 'ada')
  await accounts.putPolicy(ACCOUNT, 'ada', 'everything', ALLOW_ALL)
  await accounts.createAccessKey(ACCOUNT, 'ada')
  await registry.signingKeys.rotate()
  const children = [await registry.addImage('child 1', 'v1'), await registry.addImage('child 2')]
  await registry.addIndex(children, 'latest')
  const imageDigest = await registry.addImage('to be deleted', 'old', 'older')
  await deleteImages(context, CALLER, repository, [{ digest: imageDigest }])
  await putLifecyclePolicy(context, CALLER, repository, RULE)
  await registry.addRepository('tools/empty')
}

const RULE = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 5 },
      action: { type: 'expire' },
    },
  ],
})

export interface Moved {
  readonly report: MoveReport
  readonly faults: readonly BlobFault[]
}

/** Runs a move, to its end unless it is told otherwise. @throws MoveRefused */
export async function moveBetween(
  source: Storage,
  target: Storage,
  options: Partial<MoveOptions> = {},
): Promise<Moved> {
  const faults: BlobFault[] = []
  const report = await moveStorage(source, target, {
    clock: { now: () => 1000 },
    finish: true,
    rehash: false,
    beforeStop: async () => undefined,
    onFault: fault => faults.push(fault),
    onStep: () => undefined,
    onBytes: () => undefined,
    onRows: () => undefined,
    ...options,
  })
  return { report, faults }
}

/** Every row of every table that is moved, in a form that compares. */
export async function dump({ metadata }: Storage): Promise<Record<string, unknown[]>> {
  const { tables } = metadata.rows
  const all: Record<string, unknown[]> = {}
  for (const table of tables.tables) {
    const rows: unknown[] = table.hasIdentity ? [await tables.lastIdentity(table)] : []
    for (let page = await tables.page(table, undefined); page.length > 0; page = await tables.page(table, page.at(-1)))
      rows.push(...page.map(plain))
    all[table.name] = rows
  }
  return all
}

const plain = (row: TableRow) =>
  Object.fromEntries(Object.entries(row).map(([column, cell]: [string, Cell]) => [column, hex(cell)]))

const hex = (cell: Cell) => (cell instanceof Uint8Array ? Buffer.from(cell).toString('hex') : cell)

/** Every object that a store holds, by its key. */
export async function bytesIn(blobs: BlobStore): Promise<Record<string, string>> {
  const all: Record<string, string> = {}
  for await (const key of blobs.keys()) {
    const chunks: Buffer[] = []
    for await (const chunk of (await blobs.read(key)) ?? []) chunks.push(Buffer.from(chunk))
    all[key] = Buffer.concat(chunks).toString('hex')
  }
  return all
}
