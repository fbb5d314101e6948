import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const addressFile = (dataDir: string): string => join(dataDir, 'address')

/**
 * Writes where the server is reached into the data folder, for the command line of this machine. The file is removed
 * when the server ends.
 */
export async function writeAddress(dataDir: string, url: string): Promise<void> {
  await writeFile(addressFile(dataDir), `${fromThisMachine(url)}\n`)
}

/** Removes the file with the address, where there is one. */
export async function removeAddress(dataDir: string): Promise<void> {
  await rm(addressFile(dataDir), { force: true })
}

/**
 * The URL by which this machine reaches the server: one that listens on all addresses is reached at the machine's own.
 */
export function fromThisMachine(url: string): string {
  return url.replace(/\/\/(?:0\.0\.0\.0|\[::\])(?=:|$)/, address => (address === '//[::]' ? '//[::1]' : '//127.0.0.1'))
}
