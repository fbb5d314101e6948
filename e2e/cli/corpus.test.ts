/**
 * Cases that were recorded from AWS CLI 2.9.19, replayed against the bundle for Node and against the executable: the
 * arguments, files and answers of each, and what the original printed, sent and ended with. What berth does otherwise
 * on purpose is listed in docs/cli-differences.md, case by case.
 */
import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sampled } from '../../testing/in-full.ts'
import { BERTH, buildExecutable, EXECUTABLE } from '../support/berth.ts'
import { succeed } from '../support/run.ts'
import { makeScratch, type Scratch } from '../support/scratch.ts'
import { type CaseDifferences, compareCase } from './recorded/compare-case.ts'
import { type RecordedCase, readCases } from './recorded/recorded-case.ts'
import { runCase, type TlsIdentity } from './recorded/run-case.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * How often a case is run that differs. Some are about a timeout or a retry, and a busy machine is late for them once;
 * what the program does otherwise it does each time.
 */
const TRIES = 3

/** More than there are cores: many of the cases wait for a retry or a timeout. */
const JOBS = 4

/** The executable is made of the same sources. */
const ONE_IN = 5

/** The two forms that the command line is shipped in, as the words that begin a command line. */
const programs = {
  'the bundle': [process.execPath, BERTH],
  'the executable': [EXECUTABLE],
} as const

let scratch: Scratch
let tls: TlsIdentity

beforeAll(async () => {
  scratch = await makeScratch()
  tls = await issueIdentity(scratch)
})
afterAll(() => scratch?.[Symbol.asyncDispose]())

describe.each(Object.entries(programs))('the recorded cases, by %s', (name, command) => {
  const results = new Map<string, CaseDifferences>()

  beforeAll(async () => {
    if (name === 'the executable') await buildExecutable()
    const completer = [...command, 'completion', 'candidates']
    const compiled = name === 'the bundle' ? await compile(scratch) : undefined
    const waiting = [...(name === 'the executable' ? sampled(readCases(), ONE_IN) : readCases())]
    const chosen = [differences('behaves'), differences('words')]
    const isSettled = ({ id }: RecordedCase) => {
      const { behaviour, wording } = results.get(id) ?? { behaviour: ['not run yet'], wording: [] }
      return behaviour.length + wording.length === 0 || chosen.some(isChosen => isChosen(id))
    }
    const run = async (each: RecordedCase) =>
      results.set(each.id, compareCase(each, await runCase(each, { command, completer, compiled }, tls), 'berth'))
    const work = async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        await run(next)
        for (let tries = 1; tries < TRIES && !isSettled(next); tries += 1) await run(next)
      }
    }
    await Promise.all(Array.from({ length: JOBS }, work))
  }, 600_000)

  it('are all there', () => {
    expect(readCases()).toHaveLength(856)
    expect(results.size).toBe(name === 'the executable' ? sampled(readCases(), ONE_IN).length : 856)
  })

  it('pass, but for the differences we chose', () => {
    const chosen = differences('behaves')
    const failed = [...results].filter(([id, { behaviour }]) => behaviour.length > 0 && !chosen(id))
    expect(failed.map(([id, { behaviour }]) => [id, ...behaviour].join('\n'))).toEqual([])
  })

  it('are equal to the byte, but for the differences we chose', () => {
    const [behaves, words] = [differences('behaves'), differences('words')]
    const different = [...results].filter(
      ([id, { behaviour, wording }]) => behaviour.length + wording.length > 0 && !behaves(id) && !words(id),
    )
    expect(different.map(([id, { wording }]) => [id, ...wording].join('\n'))).toEqual([])
  })
})

/** The folder of compiled code that a first command leaves behind. Compiling takes longer than most cases do. */
async function compile({ path }: Scratch): Promise<string> {
  await succeed(process.execPath, [BERTH, '--version'], { env: { XDG_CACHE_HOME: path('caches') } })
  const [folder = ''] = await readdir(path('caches/berth'))
  return path('caches/berth', folder)
}

/** Which cases the tables of the document name, by its two headings; `*` stands for anything. */
function differences(heading: 'behaves' | 'words'): (id: string) => boolean {
  const document = readFileSync(join(root, 'docs/cli-differences.md'), 'utf8')
  const section = document.split(/^## /m).find(part => part.split('\n', 1)[0]?.includes(heading)) ?? ''
  const patterns = [...section.matchAll(/`([a-z-]+\/[\w*-]+)`/g)].map(
    ([, id = '']) => new RegExp(`^${id.replaceAll('*', '.*')}$`),
  )
  return id => patterns.some(pattern => pattern.test(id))
}

/** A server's identity for 127.0.0.1, by an authority that nobody knows. */
async function issueIdentity({ path }: Scratch): Promise<TlsIdentity> {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const [caKey, caFile] = [path('ca.key'), path('ca.pem')]
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
  await succeed('openssl', ['req', '-x509', ...key, '-subj', '/CN=test authority', '-keyout', caKey, '-out', caFile])
  const request = [
    'req',
    ...key,
    '-subj',
    '/CN=127.0.0.1',
    ...names,
    '-keyout',
    path('key.pem'),
    '-out',
    path('csr.pem'),
  ]
  await succeed('openssl', request)
  const issuer = ['-CA', caFile, '-CAkey', caKey, '-CAcreateserial', '-copy_extensions', 'copyall']
  await succeed('openssl', ['x509', '-req', '-in', path('csr.pem'), ...issuer, '-out', path('cert.pem')])
  return { cert: readFileSync(path('cert.pem')), key: readFileSync(path('key.pem')), caFile }
}
