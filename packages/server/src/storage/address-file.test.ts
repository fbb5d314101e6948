import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { removeAddress, writeAddress } from './address-file.ts'

it.each([
  ['http://127.0.0.1:5150', 'http://127.0.0.1:5150'],
  ['https://0.0.0.0:5000', 'https://127.0.0.1:5000'],
  ['http://[::]:5000', 'http://[::1]:5000'],
])('keeps %s as %s while the server serves', async (url, kept) => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-address-'))
  try {
    await writeAddress(folder, url)
    expect(readFileSync(join(folder, 'address'), 'utf8')).toBe(`${kept}\n`)
    await removeAddress(folder)
    await removeAddress(folder)
    expect(existsSync(join(folder, 'address'))).toBe(false)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
