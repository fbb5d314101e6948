import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { printText } from '../admin/print-answer.ts'
import type { SettingValues } from '../config/settings.ts'
import type { Actor } from '../domain/actor.ts'
import { NoRegistry } from '../ports/database-refused.ts'
import { FIRST_USER, type NewAccessKey } from '../registry/access/accounts.ts'
import { lockFolder } from '../storage/folder-lock.ts'
import { openRegistry } from '../storage/open-registry.ts'
import { hasFiles, placeOf, takeBack } from '../storage/open-stores.ts'

/** A registry was made, and its first key could not be printed; the message says how to get another. */
export class KeyLost extends Error {
  constructor(place: string, { accountId, userName }: FirstUser) {
    super(
      `A registry was made in ${place}, but its first key could not be printed, and is lost. Make another one with ` +
        `\`berthd admin key create --account ${accountId} --user ${userName}\`.`,
    )
    this.name = 'KeyLost'
  }
}

export interface InitOutput {
  /** Gets the first key, as JSON. */
  readonly stdout: Writable
  /** Gets a sentence that says what was done. */
  readonly stderr: Writable
}

/**
 * Makes a registry with its first account, and prints the first key, which is stored nowhere else in the clear. Where
 * a registry is already, or another process makes one at the same time, it prints only that.
 * @throws KeyLost, and as `openRegistry`
 */
export async function init(config: SettingValues, actor: Actor, { stdout, stderr }: InitOutput): Promise<void> {
  const warn = (what: string) => void stderr.write(`${what}\n`)
  const made = (await isThere(config, actor)) ? undefined : await make(config, actor, warn)
  if (made === undefined) {
    stderr.write(`A registry is in ${placeOf(config)} already; nothing was changed.\n`)
    return
  }
  const isTaken = await printText(`${JSON.stringify(made, undefined, 2)}\n`, stdout).catch(() => false)
  if (!isTaken) throw new KeyLost(placeOf(config), made)
  stderr.write(
    `A registry was made in ${placeOf(config)}. Keep the key of its first user, who may do everything: it is shown ` +
      'this once.\n',
  )
}

async function isThere(config: SettingValues, actor: Actor): Promise<boolean> {
  try {
    await using _registry = await openRegistry(config, actor, { mayCreate: false })
    return true
  } catch (error) {
    if (error instanceof NoRegistry) return false
    throw error
  }
}

interface FirstUser extends NewAccessKey {
  readonly accountId: string
  readonly alias: string | undefined
  readonly userName: string
}

type Warn = (what: string) => void

async function make(config: SettingValues, actor: Actor, warn: Warn): Promise<FirstUser | undefined> {
  if (!hasFiles(config)) return makeIn(config, actor, warn)
  using folder = await lockFolder(resolve(config.dataDir))
  try {
    const made = await makeIn(config, actor, warn)
    // Another process was quicker: nothing that was put here is of use.
    if (made === undefined) await folder.takeBack()
    return made
  } catch (error) {
    await folder.takeBack()
    throw error
  }
}

async function makeIn(config: SettingValues, actor: Actor, warn: Warn): Promise<FirstUser | undefined> {
  await using registry = await openRegistry(config, actor, { warn })
  let key: NewAccessKey | undefined
  const making = registry.accounts.bootstrap(config.createOnPush, {
    async keep(made) {
      key = made
    },
    async discard() {},
  })
  const accountId = await making.catch(async (error: unknown) => {
    await takeBack(registry.metadata)
    throw error
  })
  if (accountId === undefined || key === undefined) return undefined
  const aliases = await registry.metadata.rows.registries.aliases(accountId)
  return { accountId, alias: aliases.find(({ primary }) => primary)?.alias, userName: FIRST_USER, ...key }
}
