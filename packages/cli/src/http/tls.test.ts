import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readBundle } from './tls.ts'

it('takes nothing for a bundle of certificates that has none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bundle-'))
  const file = (text: string) => {
    writeFileSync(join(folder, 'file'), text)
    return join(folder, 'file')
  }
  try {
    expect(() => readBundle(file('no certificate'))).toThrow('no certificate or crl found')
    expect(() => readBundle(folder)).toThrow('[Errno 21] Is a directory')
    expect(() => readBundle(join(folder, 'nope'))).toThrow('[Errno 2] No such file or directory')
    const pem = '# mine\n-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n'
    expect(readBundle(file(pem))).toBe(pem)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
