import type { ChildProcess } from 'node:child_process'
import { copyFile, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { OciClient } from '../oci/client.ts'
import { contentOf, mediaTypes, randomBytes, randomImage } from '../oci/content.ts'
import { Repository } from '../oci/repository.ts'
import { describeEmbedded } from '../support/embedded.ts'
import { randomNumbers } from '../support/random.ts'
import { BERTHD, type Registry, startRegistry } from '../support/registry.ts'
import { run, succeed } from '../support/run.ts'
import { makeScratch, type Scratch } from '../support/scratch.ts'
import { CRASH_REPOSITORY, check, newLedger, work } from './ledger.ts'
import { type RunningBackup, startBackup } from './start-backup.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** What a backup says it is at, where it is killed. */
const STEPS = ['copying bytes', 'copying rows', 'that came meanwhile', 'removing what']
/** Bytes that take a while to copy. */
const LARGE = { layers: 4, bytes: 4 * 1024 * 1024 }

describeEmbedded('its storage is files', 'berthd backup and berthd restore', () => {
  let scratch: Scratch
  let client: OciClient
  let registry: Registry
  let repository: Repository
  const children: ChildProcess[] = []
  beforeAll(async () => {
    scratch = await makeScratch()
    await mkdir(scratch.path('data'))
    client = new OciClient(await startRegistry({ dataDir: scratch.path('data') }))
    registry = client.registry
    await registry.control('CreateRepository', { repositoryName: CRASH_REPOSITORY })
    repository = new Repository(client, `${registry.alias}/${CRASH_REPOSITORY}`)
  })
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL')
    await client?.[Symbol.asyncDispose]()
    await scratch?.[Symbol.asyncDispose]()
  })

  const backupArgs = (folder: string) => [BERTHD, 'backup', scratch.path(folder), '--data-dir', registry.dataDir]
  const berthd = (...args: string[]) => run(process.execPath, [BERTHD, ...args])

  /** Starts a backup that is ended with the suite at the latest. */
  async function startHere(folder: string, step: string): Promise<RunningBackup> {
    const backup = await startBackup(backupArgs(folder).slice(2), step)
    children.push(backup.child)
    return backup
  }

  /** Restores the backup to a new folder, and expects it to be sound. */
  async function restoreTo(folder: string, from: string): Promise<string> {
    const dataDir = scratch.path(folder)
    const secret = ['--secret-key-file', `${scratch.path('data')}/secret.key`]
    const restored = await berthd('restore', scratch.path(from), '--data-dir', dataDir, '--enable-keys', ...secret)
    expect(restored, restored.stderr).toMatchObject({ exitCode: 0 })
    expect(JSON.parse(restored.stdout)).toMatchObject({ state: 'restored', faults: 0 })
    const verified = await berthd('admin', 'verify', '--data-dir', dataDir, ...secret)
    expect(verified, verified.stderr).toMatchObject({ exitCode: 0 })
    expect(JSON.parse(verified.stdout)).toMatchObject({ faults: {}, left: 0, damagedBlobs: 0 })
    return dataDir
  }

  it('is whole after kills, while images are pushed and deleted', { timeout: 300_000 }, async () => {
    for (let layer = 0; layer < LARGE.layers; layer += 1)
      await repository.pushBlob(contentOf(mediaTypes.layer, randomBytes(`large ${layer}`, LARGE.bytes)))
    const ledger = newLedger()
    const stop = new AbortController()
    const clients = work(repository, ledger, 'backup', randomNumbers(7), stop.signal)
    clients.catch(() => {})
    let kills = 0
    try {
      for (const step of STEPS) {
        const { child, ended } = await startHere('backup', step)
        child.kill('SIGKILL')
        if ((await ended).signal === 'SIGKILL') kills += 1
        if ((await readdir(scratch.path('backup'))).includes('backup.json')) await restoreTo(`after ${step}`, 'backup')
      }
      const made = await run(process.execPath, backupArgs('backup'))
      expect(made, made.stderr).toMatchObject({ exitCode: 0 })
      await restoreTo('meanwhile', 'backup')
    } finally {
      stop.abort()
      await clients
    }
    expect(kills).toBeGreaterThan(0)
    expect(ledger.gone.size).toBeGreaterThan(0)

    expect(JSON.parse(await succeed(process.execPath, backupArgs('backup')))).toMatchObject({ faults: 0 })
    const dataDir = await restoreTo('all', 'backup')
    await copyFile(`${registry.dataDir}/credentials`, `${dataDir}/credentials`)
    await copyFile(`${registry.dataDir}/secret.key`, `${dataDir}/secret.key`)
    await using after = new OciClient(await startRegistry({ dataDir }))
    await check(new Repository(after, repository.name), ledger, 'backup')
  })

  it('is made by one process at a time, and stops at Ctrl-C with nothing harmed', { timeout: 120_000 }, async () => {
    // A backup that was quicker than its signal has ended well, and the next one is tried.
    let seen: { readonly second: string; readonly first: string } | undefined
    for (let tries = 0; seen === undefined && tries < 20; tries += 1) {
      const { child, ended } = await startHere('backup', 'copying bytes')
      child.kill('SIGSTOP')
      const second = await run(process.execPath, backupArgs('backup'))
      child.kill('SIGINT')
      child.kill('SIGCONT')
      const first = await ended
      if (second.exitCode === 1 && first.exitCode === 1) seen = { second: second.stderr, first: first.stderr }
      else expect([second.exitCode, first.exitCode]).toContain(0)
    }
    expect(seen).toEqual({
      second: expect.stringContaining('Another berthd works on the backup'),
      first: expect.stringContaining('The backup was stopped. Run the same command again'),
    })
    await restoreTo('after Ctrl-C', 'backup')
  })

  it('works as the page says', { timeout: 120_000 }, async () => {
    const image = randomImage('before the worst day')
    await repository.pushImage(image, 'worst')
    const page = (await readFile(`${root}docs/recovery.md`, 'utf8')).split('## The worst day')
    const [before = [], after = []] = page.map(blocksOf)
    expect([before.length, after.length]).toEqual([3, 4])
    await mkdir(scratch.path('page'))
    const shell = async (blocks: readonly string[]) => {
      const paths = {
        DATA_DIR: registry.dataDir,
        BACKUP: scratch.path('page', 'backup'),
        NEW_DIR: scratch.path('page', 'new'),
      }
      const input = [
        'set -e',
        'berthd() { "$NODE" "$BERTHD" "$@"; }',
        ...blocks.map(block =>
          block.replaceAll(
            /\b(DATA_DIR|BACKUP|NEW_DIR|ACCOUNT)\b/g,
            name => ({ ...paths, ACCOUNT: registry.accountId })[name] ?? name,
          ),
        ),
      ]
      const env = { NODE: process.execPath, BERTHD }
      return succeed('bash', ['--norc', '-s'], { cwd: scratch.path('page'), env, stdin: input.join('\n') })
    }
    await shell(before)
    await registry.kill()
    await rename(registry.dataDir, scratch.path('lost'))
    const said = await shell(after)
    expect(said).toContain('"state": "restored"')
    expect(said).toContain('"left": 0')

    const { accessKeyId, secretAccessKey } = JSON.parse(/\{[^{}]*"secretAccessKey"[^{}]*\}/.exec(said)?.[0] ?? '')
    const serve = ['--secret-key-file', scratch.path('page', 'secret.key')]
    const key = [`aws_access_key_id = ${accessKeyId}`, `aws_secret_access_key = ${secretAccessKey}`]
    await writeFile(
      scratch.path('page', 'new', 'credentials'),
      ['[default]', ...key, 'region = us-east-1', ''].join('\n'),
    )
    await using restored = new OciClient(await startRegistry({ dataDir: scratch.path('page', 'new'), args: serve }))
    const { body } = await new Repository(restored, repository.name).manifest('GET', 'worst')
    expect(body.equals(image.manifest.bytes)).toBe(true)
  })
})

/** The blocks that are to be pasted, in order. */
const blocksOf = (text: string): string[] =>
  Array.from(text.matchAll(/^ *```sh\n([\s\S]+?)^ *```$/gm), ([, block = '']) => block.replaceAll(/^ {3}/gm, ''))
