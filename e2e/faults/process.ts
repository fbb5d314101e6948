import { readdir, readFile, readlink } from 'node:fs/promises'
import type { Registry } from '../support/registry.ts'

/**
 * The descriptors that the server holds: files, and connections of clients. Its own connections to stores do not
 * count: they are kept for the next request.
 */
export async function openDescriptors(registry: Registry): Promise<number> {
  const folder = `/proc/${registry.pid()}`
  const port = Number(new URL(registry.serverUrl()).port)
  const ours = port.toString(16).toUpperCase().padStart(4, '0')
  const outgoing = new Set<string>()
  for (const line of (await readFile(`${folder}/net/tcp`, 'utf8')).split('\n').slice(1)) {
    const [, local = '', , , , , , , , inode] = line.trim().split(/\s+/)
    if (!local.endsWith(`:${ours}`)) outgoing.add(`socket:[${inode}]`)
  }
  const descriptors = await readdir(`${folder}/fd`)
  // One may be closed meanwhile.
  const targets = await Promise.all(descriptors.map(each => readlink(`${folder}/fd/${each}`).catch(() => '')))
  return targets.filter(target => target !== '' && !outgoing.has(target)).length
}

/** The most memory that any server of the registry ever had, in MiB (VmHWM). */
export async function peakMemoryMiB({ deployment }: Registry): Promise<number> {
  const peaks = deployment.servers.map(async ({ pid }) => {
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kibibytes) / 1024
  })
  return Math.max(...(await Promise.all(peaks)))
}
