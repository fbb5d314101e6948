import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { openFsBlobStore } from './adapters/blob-fs/blob-fs.ts'
import { openSqliteMetadata } from './adapters/metadata-sqlite/open-sqlite-metadata.ts'
import type { SettingValues } from './config/settings.ts'
import type { Actor } from './domain/actor.ts'
import { createSealer, type Sealer } from './domain/secrets/sealer.ts'
import { loadSecretKey } from './first-key.ts'
import { systemClock } from './ports/clock.ts'
import type { MetadataStore } from './ports/metadata-store.ts'
import { Accounts } from './registry/accounts.ts'
import type { RegistryContext } from './registry/context.ts'
import { SigningKeys } from './registry/signing-keys.ts'

const MINUTE_MS = 60 * 1000

/** The stores and what every command needs of them; disposing closes them. */
export interface OpenRegistry extends AsyncDisposable {
  readonly dataDir: string
  readonly context: RegistryContext
  readonly metadata: MetadataStore
  readonly sealer: Sealer
  readonly accounts: Accounts
  readonly signingKeys: SigningKeys
}

/** Opens the data folder, making it at the first use; `actor` is who does so, for the audit log. */
export async function openRegistry(config: SettingValues, actor: Actor): Promise<OpenRegistry> {
  const dataDir = resolve(config.dataDir)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const metadata = await openSqliteMetadata({ file: join(dataDir, 'berth.db') })
  try {
    const isEmpty = (await metadata.rows.registries.list({ limit: 1 })).length === 0
    const keyFile = config.secretKeyFile ?? join(dataDir, 'secret.key')
    const sealer = createSealer(await loadSecretKey(keyFile, { mayCreate: isEmpty }))
    const context: RegistryContext = {
      metadata,
      blobs: await openFsBlobStore(join(dataDir, 'blobs')),
      clock: systemClock,
      binDays: config.binDays,
      blobLeaseMs: config.blobLeaseMinutes * MINUTE_MS,
      quotas: {
        repositoriesPerRegistry: config['quotas.repositoriesPerRegistry'],
        imagesPerRepository: config['quotas.imagesPerRepository'],
        tagsPerImage: config['quotas.tagsPerImage'],
        layerParts: config['quotas.layerParts'],
        layerPartMinBytes: config['quotas.layerPartMinBytes'],
        layerPartMaxBytes: config['quotas.layerPartMaxBytes'],
        layerMaxBytes: config['quotas.layerMaxBytes'],
        resourceTagsPerRepository: config['quotas.resourceTagsPerRepository'],
      },
    }
    return {
      dataDir,
      context,
      metadata,
      sealer,
      accounts: new Accounts(context, sealer, actor),
      signingKeys: new SigningKeys(context, sealer, actor),
      [Symbol.asyncDispose]: () => metadata.close(),
    }
  } catch (error) {
    await metadata.close()
    throw error
  }
}
