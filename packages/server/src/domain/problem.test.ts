import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ControlError, isProblem, OciError, ProblemError, RegistryError } from './problem.ts'

const source = fileURLToPath(new URL('..', import.meta.url))
const text = (file: string) => readFileSync(join(source, file), 'utf8')

function importsOf(file: string): string[] {
  const found = text(file).matchAll(/(?:\bfrom|\bimport\()\s*'(\.[^']+)'/g)
  return Array.from(found, ([, path = '']) => relative(source, join(source, dirname(file), path)))
}

/** All files that these bring along, by types or by values: what is handed in is known by its type. */
function reachedFrom(roots: readonly string[]): Set<string> {
  const reached = new Set<string>()
  const next = [...roots]
  for (let file = next.pop(); file !== undefined; file = next.pop()) {
    if (reached.has(file) || file === 'domain/problem.ts' || !existsSync(join(source, file))) continue
    reached.add(file)
    next.push(...importsOf(file))
  }
  return reached
}

const productFilesIn = (folder: string) =>
  readdirSync(join(source, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => /(?<!\.(?:test|contract|arbitrary))\.ts$/.test(file) && !/(?:^|\/)testing\//.test(file))
    .map(file => join(folder, file))

const ACCESS = productFilesIn('http/access')
const WIRES = {
  'http/oci': {
    own: [...ACCESS.filter(file => !/access\/(?:control-|sigv4)/.test(file)), ...productFilesIn('http/token')],
    foreign: ['ControlError', 'AdminError'],
  },
  'http/control': {
    own: ACCESS.filter(file => /access\/(?:control-|sigv4)/.test(file)),
    foreign: ['OciError', 'AdminError'],
  },
}

describe('a problem', () => {
  it.each(Object.entries(WIRES))('of another wire is thrown by nothing that %s calls', (wire, { own, foreign }) => {
    const reached = reachedFrom([...productFilesIn(wire), ...own])
    expect(own.length).toBeGreaterThan(2)
    expect(reached.size).toBeGreaterThan(50)
    const naming = [...reached].filter(file => foreign.some(name => new RegExp(`new ${name}\\(`).test(text(file))))
    expect(naming).toEqual([])
  })

  it('is told by its kind, whoever says it', () => {
    const error: unknown = new OciError({ kind: 'blobUnknown', digest: 'sha256:ab' })
    expect([isProblem(error, 'blobUnknown'), isProblem(error, 'unavailable')]).toEqual([true, false])
    expect(isProblem(new Error('blobUnknown'), 'blobUnknown')).toBe(false)
    expect([error instanceof ProblemError, error instanceof RegistryError]).toEqual([true, false])
    expect(String(new ControlError({ kind: 'signatureMissing' }))).toBe('ControlError: signatureMissing')
  })
})
