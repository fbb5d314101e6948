import { rm } from 'node:fs/promises'
import type { AccountId } from '../domain/names.ts'
import { findReservedAliases } from '../registry/access/reserved-aliases.ts'
import { credentialsFile, writeCredentials } from '../storage/credentials-file.ts'
import { type OpenRegistry, openRegistry } from '../storage/open-registry.ts'
import { takeBack } from '../storage/open-stores.ts'
import { checkSecretKey } from '../storage/secret-key.ts'
import type { ServerProcess } from './server-process.ts'

/** The registry that the server serves. Disposing closes it. */
export interface ServedRegistry extends OpenRegistry {
  /** The account that this start made, which is the first. */
  readonly firstAccount: AccountId | undefined
}

/**
 * Opens the registry, makes an account where there is none, and makes sure that the server can read the registry's
 * secrets. `onFirstKey` is called before the key of a new account is written.
 * @throws as `openRegistry` and `checkSecretKey`
 */
export async function open({ config, log, memory }: ServerProcess, onFirstKey: () => void): Promise<ServedRegistry> {
  const warn = (what: string) => log.warn(what)
  const registry = await openRegistry(config, { principal: 'berthd', via: 'admin' }, { memory, warn })
  try {
    for (const policy of registry.unbound) log.warn(policy, 'a repository policy names principals that are not here')
    for (const alias of await findReservedAliases(registry.metadata.rows))
      log.warn(
        { alias },
        'the server answers under this alias itself: its pages cannot be seen, and images can be pulled',
      )
    const { accounts, signingKeys, dataDir } = registry
    const firstAccount = await accounts.bootstrap(config.createOnPush, {
      keep: key => {
        onFirstKey()
        return writeCredentials(dataDir, key)
      },
      discard: () => rm(credentialsFile(dataDir)),
    })
    await checkSecretKey(() => signingKeys.current())
    // The reserve of a database elsewhere comes with the first look at the disks: it takes a moment, and nobody is to
    // wait for it.
    if (!registry.metadata.isShared) await registry.metadata.keepRoom?.()
    return { ...registry, firstAccount }
  } catch (error) {
    await takeBack(registry.metadata)
    await registry[Symbol.asyncDispose]()
    throw error
  }
}
