import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const packages = fileURLToPath(new URL('../../', import.meta.url))
const server = join(packages, 'server/src')

/**
 * What the files of a folder may import from this package. `serve` and `program` compose, and may import all; berthd.ts
 * at the root loads the program.
 */
const INWARD: Readonly<Record<string, readonly string[]>> = {
  domain: ['domain'],
  runtime: ['runtime', 'domain'],
  ports: ['ports', 'domain'],
  registry: ['registry', 'ports', 'runtime', 'domain'],
  adapters: ['adapters', 'ports', 'runtime', 'domain'],
  housekeeping: ['housekeeping', 'storage', 'config', 'registry', 'ports', 'domain'],
  config: ['config', 'registry', 'adapters', 'runtime', 'domain'],
  storage: ['storage', 'config', 'adapters', 'registry', 'ports', 'runtime', 'domain'],
  admin: ['admin', 'housekeeping', 'registry', 'ports', 'runtime', 'domain'],
  help: ['help', 'admin', 'config', 'domain'],
  http: ['http', 'registry', 'ports', 'runtime', 'domain'],
}

/** Product code: tests and what only they use may reach further. */
function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => /(?<!\.(?:test|contract|arbitrary))\.ts$/.test(file) && !/(?:^|\/)testing\//.test(file))
    .map(file => join(folder, file))
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const pattern = /^(?:import|export)\s+(?:[^'"=();]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm
  return Array.from(text.matchAll(pattern), ([, fixed, dynamic]) => fixed ?? dynamic ?? '')
}

const folderOf = (file: string) => relative(server, file).split('/').slice(0, -1)[0]

describe('the architecture', () => {
  const files = sourcesIn(server)

  it('imports inward only', () => {
    expect(files.length).toBeGreaterThan(80)
    for (const file of files) {
      const folder = folderOf(file)
      for (const path of importsOf(file).filter(each => each.startsWith('.'))) {
        const target = join(dirname(file), path)
        const what = `${relative(server, file)} imports ${relative(server, target)}`
        expect(relative(server, target), what).not.toMatch(/^\.\./)
        if (folder !== undefined && folder !== 'serve' && folder !== 'program')
          expect(INWARD[folder], what).toContain(folderOf(target))
      }
    }
  })

  it('lets each wire alone, and who asks on either know nothing of both', () => {
    // The rooms of `http` that each may import beside itself; '' is what lies loose in it, for all of them.
    const rooms: Readonly<Record<string, readonly string[]>> = {
      '': ['bodies', 'gallery'],
      bodies: [],
      access: [''],
      oci: ['', 'access', 'bodies'],
      token: ['', 'access', 'bodies', 'oci'],
      control: ['', 'access', 'bodies'],
      gallery: ['', 'access', 'bodies', 'control'],
      metrics: ['', 'gallery'],
    }
    const roomOf = (file: string) => relative(join(server, 'http'), file).split('/').slice(0, -1)[0] ?? ''
    for (const file of files.filter(each => folderOf(each) === 'http')) {
      for (const path of importsOf(file).filter(each => each.startsWith('.'))) {
        const target = join(dirname(file), path)
        if (folderOf(target) !== 'http') continue
        expect([roomOf(file), ...(rooms[roomOf(file)] ?? [])], `${file} imports ${path}`).toContain(roomOf(target))
      }
    }
  })

  it('reads a repository that somebody acts on by what asks once more for the right', () => {
    const around = files.filter(file =>
      /(?<!metadata\.)rows\.repositories\.get\(repository\.id\)/.test(readFileSync(file, 'utf8')),
    )
    expect(around.map(file => relative(server, file))).toEqual(['registry/repositories/repository-ref.ts'])
    // A handler that made its own reference would lose whoever is to be asked.
    const making = files.filter(
      file => folderOf(file) === 'http' && /\b(?:refTo|repositoryAt)\b/.test(readFileSync(file, 'utf8')),
    )
    expect(making.map(file => relative(server, file))).toEqual([
      'http/access/oci-access.ts',
      'http/access/oci-policies.ts',
    ])
  })

  it('adds to the audit log, and never changes or removes a record', () => {
    const text = (file: string) => readFileSync(file, 'utf8')
    const naming = files.filter(file => text(file).includes('audit_log'))
    expect(naming.map(file => relative(join(server, 'adapters/metadata-sql'), file)).sort()).toEqual([
      'migrations/to-0010/0002-bin-and-rules.ts',
      'moved-tables.ts', // copies it to other storage
      'rows/access/audit.ts',
      'schema.ts',
      'usage-counters.ts', // counts its bytes, by triggers
    ])
    for (const file of naming) {
      const other =
        /(?:updateTable|deleteFrom|dropTable)\(\s*['"]audit_log|(?:update|delete from|drop table) audit_log/i
      expect(text(file)).not.toMatch(other)
    }
  })

  it('keeps the API model at its own wire', () => {
    for (const file of files.filter(each => importsOf(each).includes('@berth/model')))
      expect(relative(server, file)).toMatch(/^http\/(?:control\/|access\/control-)/)
    for (const file of [...sourcesIn(join(packages, 'model/src')), ...sourcesIn(join(packages, 'lifecycle/src'))])
      expect(importsOf(file).join()).not.toMatch(/@berth|node:/)
    for (const file of sourcesIn(join(packages, 'cli/src')))
      expect(importsOf(file).join()).not.toMatch(/@berth\/server/)
  })

  it('asks the rules and patterns of lifecycle policies in the use cases and the domain only', () => {
    for (const file of files.filter(each => importsOf(each).includes('@berth/lifecycle')))
      expect(relative(server, file)).toMatch(/^(?:registry|domain)\//)
  })

  it('keeps adapters from each other, but for the SQL that engines share', () => {
    for (const file of files.filter(each => folderOf(each) === 'adapters')) {
      const own = relative(server, file).split('/')[1]
      for (const path of importsOf(file).filter(each => each.startsWith('.'))) {
        const [folder, adapter] = relative(server, join(dirname(file), path)).split('/')
        if (folder === 'adapters') expect([own, 'metadata-sql'], `${file} imports ${path}`).toContain(adapter)
      }
    }
  })

  it('installs nothing whose checksum is not in the lockfile, on any platform', () => {
    const lock: { packages: Record<string, { link?: boolean; integrity?: string }> } = JSON.parse(
      readFileSync(join(packages, '../package-lock.json'), 'utf8'),
    )
    const installed = Object.entries(lock.packages).filter(
      ([path, { link }]) => path.includes('node_modules/') && link !== true,
    )
    expect(installed.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path)).toEqual([])
  })

  it('reads the environment in one place', () => {
    const readers = files.filter(file => readFileSync(file, 'utf8').includes('process.env'))
    expect(readers.map(file => relative(server, file))).toEqual(['program/main.ts'])
  })
})
