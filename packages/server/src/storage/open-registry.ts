import { resolve } from 'node:path'
import type { SettingValues } from '../config/settings.ts'
import type { Actor } from '../domain/actor.ts'
import { createSealer, type Sealer } from '../domain/secrets/sealer.ts'
import { systemClock } from '../ports/clock.ts'
import { NoRegistry } from '../ports/database-refused.ts'
import type { MetadataStore } from '../ports/metadata-store.ts'
import { Accounts } from '../registry/access/accounts.ts'
import { bindPolicies, type Unbound } from '../registry/access/bind-policies.ts'
import { SigningKeys } from '../registry/access/signing-keys.ts'
import { isUnfinishedRestore } from '../registry/backup/restore-target.ts'
import type { RegistryContext } from '../registry/context.ts'
import { Notice } from '../runtime/notice.ts'
import { makeFolder } from './make-folder.ts'
import {
  checkBlobs,
  hasFiles,
  isShared,
  type MetadataOptions,
  openBlobs,
  openMetadata,
  placeOf,
  StorageError,
  takeBack,
} from './open-stores.ts'
import { findSecretKey } from './secret-key.ts'

const MINUTE_MS = 60 * 1000

/** The stores, and what every command needs of them. Disposing closes them. */
export interface OpenRegistry extends AsyncDisposable {
  readonly dataDir: string
  readonly context: RegistryContext
  readonly metadata: MetadataStore
  readonly sealer: Sealer
  readonly accounts: Accounts
  readonly signingKeys: SigningKeys
  /** Policies that were bound to their principals at this opening, and name somebody who is not there. */
  readonly unbound: readonly Unbound[]
}

/**
 * Opens the stores. They are made at the first use, unless `mayCreate` is false; then an account must be there. An
 * opening that fails leaves no table that it made. `actor` is whoever opens them, for the audit log. The options are
 * those of `openMetadata`.
 * @throws RegistryError `unavailable`, SecretKeyError, StorageError, DatabaseRefused
 */
export async function openRegistry(
  config: SettingValues,
  actor: Actor,
  options: MetadataOptions = {},
): Promise<OpenRegistry> {
  const dataDir = resolve(config.dataDir)
  const { mayCreate = true } = options
  if (mayCreate && hasFiles(config)) await makeFolder(dataDir)
  const { secretKeyFile: file, secretKey: key } = config
  const keySource = { dataDir, file, key, isShared: isShared(config) }
  const metadata = await openMetadata(
    { ...config, dataDir },
    {
      connections: config.databaseConnections,
      ...options,
      async beforeMaking() {
        await findSecretKey(keySource, async () => true)
        await checkBlobs(config)
      },
    },
  )
  try {
    await requireDone(metadata)
    const isEmpty = async () => (await metadata.rows.registries.list({ limit: 1 })).length === 0
    if (!mayCreate && (await isEmpty())) throw new NoRegistry(placeOf(config))
    const secretKey = await findSecretKey(keySource, isEmpty)
    const sealer = createSealer(secretKey)
    const context: RegistryContext = {
      metadata,
      blobs: await openBlobs({ ...config, dataDir }, metadata, options),
      clock: systemClock,
      pushed: new Notice(),
      binDays: config.binDays,
      lifecycleMs: config.lifecycleMinutes * MINUTE_MS,
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
        openUploadsPerAccount: config['quotas.openUploadsPerAccount'],
        storedBytesPerAccount: config['quotas.storedBytesPerAccount'],
        auditBytesPerAccount: config['quotas.auditBytesPerAccount'],
      },
    }
    const unbound = options.isUpToDate === true ? [] : await bindPolicies(context, actor)
    return {
      unbound,
      dataDir,
      context,
      metadata,
      sealer,
      accounts: new Accounts(context, sealer, actor),
      signingKeys: new SigningKeys(context, sealer, actor),
      [Symbol.asyncDispose]: () => metadata.close(),
    }
  } catch (error) {
    await takeBack(metadata)
    await metadata.close()
    throw error
  }
}

/** Refuses a registry that is half copied. @throws StorageError */
async function requireDone({ rows }: MetadataStore): Promise<void> {
  const target = await rows.moves.find('target')
  if (isUnfinishedRestore(target))
    throw new StorageError(
      `The restore of the backup in ${target?.otherEnd} has not ended here. Run \`berthd restore\` on it again with ` +
        'these settings: it goes on where it was.',
    )
  if (target?.state === 'copying')
    throw new StorageError(
      `A registry is being moved here from ${target.otherEnd}; it is to be served from there until ` +
        '`berthd admin migrate-storage --finish` has ended there.',
    )
}
