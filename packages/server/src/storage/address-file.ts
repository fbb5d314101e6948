import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const addressFile = (dataDir: string): string => join(dataDir, 'address')

/** Tells the command line of this machine where the server is reached, for as long as it serves. */
export async function writeAddress(dataDir: string, url: string): Promise<void> {
  await writeFile(addressFile(dataDir), `${fromThisMachine(url)}\n`)
}

export async function removeAddress(dataDir: string): Promise<void> {
  await rm(addressFile(dataDir), { force: true })
}

/** A server that listens on all addresses is reached at the machine's own. */
export function fromThisMachine(url: string): string {
  return url.replace(/\/\/(?:0\.0\.0\.0|\[::\])(?=:|$)/, address => (address === '//[::]' ? '//[::1]' : '//127.0.0.1'))
}
