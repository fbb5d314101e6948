import { parseRepositoryName } from '../../domain/names.ts'
import { runPass } from '../../housekeeping/run-pass.ts'
import { deleteRepository as deleteStored } from '../../registry/repositories/delete-repository.ts'
import { createRepository as createStoredRepository } from '../../registry/repositories/repositories.ts'
import { putRegistrySettings, putSettings } from '../../registry/repositories/settings.ts'
import { ACCOUNT, CALLER } from '../temporary-registry.ts'
import { type Action, inRepository } from './action.ts'
import { change, changeRepository, EMPTY_REPOSITORY, matches, type Settings } from './model.ts'
import type { MortalServer } from './mortal-server.ts'
import type { RepositoryName, TagName } from './universe.ts'

export const createRepository = (name: RepositoryName): Action => ({
  text: `create ${name}`,
  run: ({ server }) =>
    server.answer(async () => {
      await createStoredRepository(server.context, CALLER, {
        accountId: ACCOUNT,
        name: parseRepositoryName(name),
        resourceTags: [],
      })
      return 'done'
    }),
  judge(state) {
    if (state.repositories[name] !== undefined) return { refusals: ['repositoryExists'] }
    return {
      after: () =>
        change(state, draft => {
          draft.repositories[name] = structuredClone(EMPTY_REPOSITORY)
        }),
    }
  },
})

export const deleteRepository = (name: RepositoryName, force: boolean): Action => ({
  text: `delete ${name}${force ? ' by force' : ''}`,
  run: world =>
    inRepository(world, name, async (_, ref) => {
      const { context, removals } = world.server
      await deleteStored(context, CALLER, removals, ref, { force })
      return 'done'
    }),
  judge(state) {
    const repository = state.repositories[name]
    if (repository === undefined) return { refusals: ['repositoryNotFound'] }
    if (repository.images.length > 0 && !force) return { refusals: ['repositoryNotEmpty'] }
    const { tags, settings } = repository
    if ((Object.keys(tags) as TagName[]).some(tag => matches(settings.protectedTags, tag)))
      return { refusals: ['repositoryProtected'] }
    return {
      after: () =>
        change(state, draft => {
          delete draft.repositories[name]
          for (const [slot, upload] of Object.entries(draft.uploads))
            if (upload?.repository === name) draft.uploads[Number(slot)] = { ...upload, isGone: true }
        }),
    }
  },
})

export const choose = (name: RepositoryName, settings: Settings): Action => ({
  text: `choose ${JSON.stringify(settings)} in ${name}`,
  run: world =>
    inRepository(world, name, async (_row, ref) => {
      await putSettings(world.server.context, CALLER, ref, settings)
      return 'done'
    }),
  judge(state) {
    if (state.repositories[name] === undefined) return { refusals: ['repositoryNotFound'] }
    return {
      after: () =>
        changeRepository(state, name, draft => {
          draft.settings = settings
        }),
    }
  },
})

export const chooseForRegistry = (binDays: number | undefined): Action => ({
  text: `choose ${binDays} days in the bin for the registry`,
  run: ({ server }) =>
    server.answer(async () => {
      await putRegistrySettings(server.context, CALLER, ACCOUNT, { binDays })
      return 'done'
    }),
  judge: state => ({
    after: () =>
      change(state, draft => {
        draft.registryBinDays = binDays
      }),
  }),
})

/** Work that no client may notice. */
const unnoticed = (text: string, work: (server: MortalServer) => Promise<unknown>): Action => ({
  text,
  run: ({ server }) =>
    server.answer(async () => {
      await work(server)
      return 'done'
    }),
  judge: state => ({ after: () => state }),
})

export const collect = unnoticed('collect', ({ collector }) => collector.collect())
export const emptyJournal = unnoticed('empty the journal', ({ removals }) => removals.emptyJournal())

/** One pass of the collector, which empties the bin of images whose time is over. */
export const pass: Action = {
  text: 'a pass',
  run: ({ server }) =>
    server.answer(async () => {
      const errors: unknown[] = []
      const onError = (error: unknown) => errors.push(error)
      await runPass(server, { ended: await server.uploads.expire(), ranBy: 'server', onError })
      // Whoever died over it answers nothing, whatever failed then.
      if (errors.length > 0 && !server.isDead) throw errors[0]
      return 'done'
    }),
  judge: state => ({
    after: () =>
      change(state, draft => {
        for (const repository of Object.values(draft.repositories))
          if (repository !== undefined) repository.bin = repository.bin.filter(row => row.until > state.now)
      }),
  }),
}
