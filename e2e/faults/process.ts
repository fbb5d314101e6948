import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Registry } from '../support/registry.ts'

/** Descriptors that the server holds: files and sockets. */
export async function openDescriptors(registry: Registry): Promise<number> {
  return (await readdir(`/proc/${registry.pid()}/fd`)).length
}

/** The most memory that the server ever had, in MiB (VmHWM). */
export async function peakMemoryMiB(registry: Registry): Promise<number> {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${registry.pid()}/status`, 'utf8')) ?? []
  return Number(kibibytes) / 1024
}

/** The storage keys of all files under `data/blobs`. */
export async function storedKeys(dataDir: string): Promise<Set<string>> {
  const entries = await readdir(join(dataDir, 'blobs'), { recursive: true, withFileTypes: true })
  return new Set(entries.filter(entry => entry.isFile()).map(({ name }) => name))
}
