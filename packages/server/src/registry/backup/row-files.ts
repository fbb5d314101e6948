import { createHash } from 'node:crypto'
import { type BackupFolder, BackupRefused } from '../../ports/backup-folder.ts'
import type { MovedTable, TableRow, TableRows } from '../../ports/rows/move/tables.ts'
import type { InventoryBlob } from '../../ports/rows/upkeep/inventory.ts'
import type { RowsProgress } from '../move/copy-rows.ts'
import type { TableFile } from './manifest.ts'
import { decodeRow, encodeRow, linesOf } from './row-lines.ts'

/** A restored registry makes keys of its own, so that nothing is good that was signed before. */
const NOT_IN_A_BACKUP: readonly string[] = ['signing_keys']
/** Blobs that are read at a time. */
const PAGE = 500

export interface WriteOptions {
  readonly onRows: (done: RowsProgress) => void
  readonly signal: AbortSignal
}

/** Writes every row that a backup has, a file for each table. */
export async function writeRows(folder: BackupFolder, tables: TableRows, options: WriteOptions): Promise<TableFile[]> {
  const files: TableFile[] = []
  for (const table of tables.tables)
    if (!NOT_IN_A_BACKUP.includes(table.name)) files.push(await writeTable(folder, tables, table, options))
  return files
}

async function writeTable(
  folder: BackupFolder,
  tables: TableRows,
  table: MovedTable,
  { onRows, signal }: WriteOptions,
): Promise<TableFile> {
  const hash = createHash('sha256')
  const done = { rows: 0, bytes: 0, columns: [] as readonly string[] }
  const file = await folder.createRows(table.name)
  try {
    for (let after: TableRow | undefined; ; ) {
      signal.throwIfAborted()
      const page = await tables.page(table, after)
      if (done.columns.length === 0) done.columns = Object.keys(page[0] ?? {})
      for (const row of page) {
        const line = encodeRow(row, done.columns)
        hash.update(line)
        done.bytes += Buffer.byteLength(line)
        await file.write(line)
      }
      done.rows += page.length
      onRows({ table: table.name, rows: done.rows })
      after = page.at(-1)
      if (page.length < table.pageRows) break
    }
    await file.commit()
  } finally {
    await file.close()
  }
  const lastIdentity = table.hasIdentity ? await tables.lastIdentity(table) : null
  return { name: table.name, ...done, sha256: hash.digest('hex'), lastIdentity }
}

/** The rows of a table, one at a time. @throws BackupRefused for a line that is no row */
export const readRows = (folder: BackupFolder, set: string, table: TableFile): AsyncGenerator<TableRow> =>
  decoded(folder.readRows(set, table.name), folder, table)

async function* decoded(
  chunks: AsyncIterable<Buffer>,
  { place }: BackupFolder,
  { name, columns }: TableFile,
): AsyncGenerator<TableRow> {
  let line = 0
  for await (const text of linesOf(chunks, `${name}.jsonl of ${place}`)) {
    line += 1
    yield decodeRow(text, columns, `${name}.jsonl of ${place}, line ${line}`)
  }
}

/** Reads a file from end to end. @throws BackupRefused where it is not the one that the manifest speaks of */
export async function checkRows(folder: BackupFolder, set: string, table: TableFile): Promise<void> {
  const hash = createHash('sha256')
  const hashed = async function* () {
    for await (const chunk of folder.readRows(set, table.name)) {
      hash.update(chunk)
      yield chunk
    }
  }
  let rows = 0
  for await (const _ of decoded(hashed(), folder, table)) rows += 1
  if (rows === table.rows && hash.digest('hex') === table.sha256) return
  throw new BackupRefused(
    `The rows of ${table.name} in ${folder.place} are damaged: ${table.name}.jsonl is not as the backup wrote it. Take ` +
      'a copy of the backup that is whole.',
  )
}

/** The file with a row for each blob, damaged ones included. */
export const tableOfBlobs = (tables: readonly TableFile[]): TableFile | undefined =>
  tables.find(({ name }) => name === 'blobs')

/** The blobs that the rows of a backup name, damaged ones included. */
export async function* readBlobs(
  folder: BackupFolder,
  set: string,
  tables: readonly TableFile[],
): AsyncGenerator<InventoryBlob[]> {
  const table = tableOfBlobs(tables)
  if (table === undefined) return
  let page: InventoryBlob[] = []
  for await (const row of readRows(folder, set, table)) {
    page.push(toBlob(row, folder))
    if (page.length < PAGE) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}

function toBlob(row: TableRow, { place }: BackupFolder): InventoryBlob {
  const { digest, storage_key: storageKey, size_bytes: sizeBytes, damaged_at: damagedAt = null } = row
  const isNumber = typeof sizeBytes === 'number' && sizeBytes >= 0
  if (typeof digest !== 'string' || typeof storageKey !== 'string' || !isNumber)
    throw new BackupRefused(`blobs.jsonl of ${place} has a row that is no blob.`)
  const isDamaged = typeof damagedAt === 'number'
  return { digest, sizeBytes, storageKey, damagedAt: isDamaged ? damagedAt : undefined } as InventoryBlob
}
