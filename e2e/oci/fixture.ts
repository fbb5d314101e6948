import { afterAll, beforeAll } from 'vitest'
import { type RegistryOptions, startRegistry } from '../support/registry.ts'
import { OciClient } from './client.ts'
import { Repository } from './repository.ts'

export interface RegistryFixture {
  /** The client of the file's registry; usable inside tests only. */
  readonly client: OciClient
  /** Makes a new, empty repository, so that no test sees what another one left. */
  createRepository(): Promise<Repository>
}

/** Starts one registry for the test file that calls this, and stops it after the last test. */
export function useRegistry(options: RegistryOptions = {}): RegistryFixture {
  let client: OciClient | undefined
  let count = 0

  beforeAll(async () => {
    client = new OciClient(await startRegistry(options))
  })
  afterAll(async () => {
    await client?.[Symbol.asyncDispose]()
  })

  const started = (): OciClient => {
    if (client === undefined) throw new Error('the registry has not been started')
    return client
  }
  return {
    get client() {
      return started()
    },
    async createRepository() {
      const { registry } = started()
      count += 1
      const repositoryName = `conformance/repository-${count}`
      await registry.control('CreateRepository', { repositoryName })
      return new Repository(started(), `${registry.alias}/${repositoryName}`)
    },
  }
}
