import { type Expiry, evaluateLifecycle, type LifecycleImage } from '@berth/lifecycle'
import { runLifecyclePolicies } from '../../housekeeping/lifecycle-runner.ts'
import { deleteLifecyclePolicy, parsePolicyText, putLifecyclePolicy } from '../../registry/lifecycle/policies.ts'
import { CALLER } from '../temporary-registry.ts'
import { type Action, inRepository } from './action.ts'
import { planDeletion, throwAway } from './deletions.ts'
import { change, changeRepository, matches, type RepositoryState, type State, tagsOf } from './model.ts'
import { imageOf, nameOf, REPOSITORIES, type RepositoryName } from './universe.ts'

/** How long nobody else carries rules out, after a server that died over it. */
const CLAIM_MS = 5 * 60 * 1000
/** A claim that ends later than one could that is made now was made by a clock that was wrong, and counts as none. */
const CLOCKS_DIFFER_MS = 60 * 1000

const policy = (...selections: object[]): string =>
  JSON.stringify({
    rules: selections.map((selection, index) => ({ rulePriority: index + 1, selection, action: { type: 'expire' } })),
  })
const KEEP_ONE = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 }
const UNTAGGED = { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 1 }
const RELEASES = { tagStatus: 'tagged', tagPatternList: ['v*'], countType: 'imageCountMoreThan', countNumber: 1 }
export const POLICIES = [policy(KEEP_ONE), policy(UNTAGGED), policy(RELEASES, UNTAGGED)]

/** Sets the policy of a repository, or deletes it. */
export const setPolicy = (name: RepositoryName, text: string | undefined): Action => ({
  text: text === undefined ? `take the policy of ${name} away` : `set policy ${POLICIES.indexOf(text)} in ${name}`,
  run: world =>
    inRepository(world, name, async (_row, ref) => {
      const { context } = world.server
      if (text === undefined) await deleteLifecyclePolicy(context, CALLER, ref)
      else await putLifecyclePolicy(context, CALLER, ref, text)
      return 'done'
    }),
  judge(state) {
    const repository = state.repositories[name]
    if (repository === undefined) return { refusals: ['repositoryNotFound'] }
    if (text === undefined && repository.policy === undefined) return { refusals: ['lifecyclePolicyNotFound'] }
    return {
      after: () =>
        changeRepository(state, name, draft => {
          draft.policy = text
        }),
    }
  },
})

/** Carries all policies out: repository by repository the rules look, and then what did not change meanwhile goes. */
export const runPolicies: Action = {
  text: 'carry the policies out',
  run: ({ server }) =>
    server.answer(async () => {
      const errors: unknown[] = []
      const gone = await runLifecyclePolicies(
        { ...server.context, lifecycleMs: 0 },
        { onError: error => errors.push(error) },
      )
      // Whoever died over it answers nothing, whatever failed then.
      if (errors.length > 0 && !server.isDead) throw errors[0]
      return gone
    }),
  phases: [claim, ...REPOSITORIES.flatMap(name => [look(name), expire(name)])],
  judge(state) {
    const otherwise = change(state, draft => {
      draft.run = undefined
    })
    const after = () =>
      change(otherwise, draft => {
        if (state.run !== undefined) draft.rulesFreeAt = state.now
      })
    return { otherwise, answer: state.run?.gone ?? 0, after }
  },
}

function claim(state: State): State {
  return change(state, draft => {
    const waitMs = state.rulesFreeAt - state.now
    if (waitMs > 0 && waitMs <= CLAIM_MS + CLOCKS_DIFFER_MS) return
    const policies = REPOSITORIES.flatMap(name => {
      const text = state.repositories[name]?.policy
      return text === undefined ? [] : [[name, text]]
    })
    draft.run = { policies: Object.fromEntries(policies), expiring: {}, gone: 0 }
    draft.rulesFreeAt = state.now + CLAIM_MS
  })
}

function look(name: RepositoryName): (state: State) => State {
  return state => {
    const [repository, text] = [state.repositories[name], state.run?.policies[name]]
    if (repository === undefined || text === undefined) return state
    return change(state, draft => {
      if (draft.run !== undefined) draft.run.expiring[name] = expiring(repository, text, state.now)
    })
  }
}

/** What the rules take, but for what is protected and what that lists. */
function expiring(repository: RepositoryState, text: string, now: number): Expiry[] {
  const { images, pushedAt, settings } = repository
  const described = images.map((image): LifecycleImage => {
    const parents = images.filter(each => imageOf(each).children.includes(image)).map(each => imageOf(each).digest)
    return { digest: imageOf(image).digest, tags: tagsOf(repository, image), pushedAt: pushedAt[image] ?? 0, parents }
  })
  const isProtected = ({ digest }: Expiry) =>
    tagsOf(repository, nameOf(digest)).some(tag => matches(settings.protectedTags, tag))
  let going = evaluateLifecycle(parsePolicyText(text), described, now).filter(each => !isProtected(each))
  for (let before = -1; before !== going.length; ) {
    before = going.length
    const isGoing = new Set(going.map(({ digest }) => digest))
    const parentsOf = new Map(described.map(({ digest, parents = [] }) => [digest, parents]))
    going = going.filter(({ digest }) => parentsOf.get(digest)?.every(parent => isGoing.has(parent)))
  }
  return going
}

function expire(name: RepositoryName): (state: State) => State {
  return state => {
    const { run } = state
    const repository = state.repositories[name]
    const found = run?.expiring[name]
    if (run === undefined || repository === undefined || found === undefined) return state
    if (repository.policy !== run.policies[name]) return state
    const unchanged = found.filter(({ digest, tags, pushedAt }) => {
      const image = nameOf(digest)
      const isAsBefore = repository.pushedAt[image] === pushedAt && `${tagsOf(repository, image)}` === `${tags}`
      return repository.images.includes(image) && isAsBefore
    })
    const { going } = planDeletion(
      repository,
      unchanged.map(({ digest }) => ({ image: nameOf(digest) })),
    )
    return change(throwAway(state, name, going, []), draft => {
      if (draft.run !== undefined) draft.run.gone += going.length
    })
  }
}
