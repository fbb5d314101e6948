import { type EcrHandlers, ecrOperations } from '@berth/model/ecr'
import type { Page } from '../../../ports/rows/common.ts'
import type { LifecycleRow } from '../../../ports/rows/repositories/lifecycle.ts'
import type { RepositoryRow } from '../../../ports/rows/repositories/repositories.ts'
import { ANSWER_BYTES, jsonBytes, refuseLargeAnswer } from '../../../registry/answer-limit.ts'
import type { ExpiringImage } from '../../../registry/lifecycle/evaluation.ts'
import {
  deleteLifecyclePolicy,
  getLifecyclePolicy,
  nextEvaluation,
  putLifecyclePolicy,
  rulesOfNoEffect,
} from '../../../registry/lifecycle/policies.ts'
import { LifecyclePreviews } from '../../../registry/lifecycle/previews.ts'
import { fillPage, pageOf } from '../../../registry/page.ts'
import { authorizeRepository } from '../../access/control-policies.ts'
import type { ControlCall, ControlDependencies } from '../call.ts'
import { isNumberKey, readPage, refusePaging, writeToken } from '../page-token.ts'

const {
  PutLifecyclePolicy,
  GetLifecyclePolicy,
  DeleteLifecyclePolicy,
  StartLifecyclePolicyPreview,
  GetLifecyclePolicyPreview,
} = ecrOperations

/** Lifecycle policies, by the operations of Amazon ECR. */
export function lifecycleHandlers({ context, findExpiring }: ControlDependencies): EcrHandlers<ControlCall> {
  const { metadata } = context
  const previews = new LifecyclePreviews(context, findExpiring)
  return {
    async PutLifecyclePolicy(input, { caller }) {
      const { lifecyclePolicyText } = input
      const row = await authorizeRepository(metadata.rows, caller, PutLifecyclePolicy, input)
      await putLifecyclePolicy(context, caller.actor, row, lifecyclePolicyText)
      const nextEvaluationAt = await nextEvaluation(context, row, lifecyclePolicyText)
      return { ...named(row), lifecyclePolicyText, nextEvaluationAt, ...withoutEffect(lifecyclePolicyText) }
    },

    async GetLifecyclePolicy(input, { caller }) {
      const row = await authorizeRepository(metadata.rows, caller, GetLifecyclePolicy, input)
      const policy = await getLifecyclePolicy(metadata, row)
      const nextEvaluationAt = await nextEvaluation(context, row, policy.policyText)
      return { ...named(row), ...wirePolicy(policy), nextEvaluationAt, ...withoutEffect(policy.policyText) }
    },

    async DeleteLifecyclePolicy(input, { caller }) {
      const row = await authorizeRepository(metadata.rows, caller, DeleteLifecyclePolicy, input)
      return { ...named(row), ...wirePolicy(await deleteLifecyclePolicy(context, caller.actor, row)) }
    },

    async StartLifecyclePolicyPreview(input, { caller }) {
      const row = await authorizeRepository(metadata.rows, caller, StartLifecyclePolicyPreview, input)
      const { policyText } = await previews.start(row, input.lifecyclePolicyText)
      return {
        ...named(row),
        lifecyclePolicyText: policyText,
        status: 'IN_PROGRESS',
        nextEvaluationAt: await nextEvaluation(context, row, policyText),
        ...withoutEffect(policyText),
      }
    },

    async GetLifecyclePolicyPreview(input, { caller, makeRoom }) {
      const row = await authorizeRepository(metadata.rows, caller, GetLifecyclePolicyPreview, input)
      const { preview, images } = await previews.read(row)
      const shared = {
        ...named(row),
        lifecyclePolicyText: preview.policyText,
        status: 'COMPLETE',
        summary: { expiringImageTotalCount: images.length },
        nextEvaluationAt: await nextEvaluation(context, row, preview.policyText),
        ...withoutEffect(preview.policyText),
      } as const
      const wanted = images.filter(wantedBy(input))
      if (input.imageIds !== undefined) {
        refusePaging(input, 'imageIds')
        await makeRoom(ANSWER_BYTES)
        const previewResults = wanted.map(wireResult)
        refuseLargeAnswer(wanted.length, jsonBytes(previewResults))
        return { ...shared, previewResults }
      }
      const subject = JSON.stringify([row.id, preview.startedAt, input.filter?.tagStatus])
      const listing = { operation: GetLifecyclePolicyPreview.name, subject, isKey: isNumberKey }
      const { after, limit } = readPage(listing, input)
      const list = async ({ after: start = 0, limit: most }: Page<number>) =>
        pageOf(wanted.slice(start, start + most + 1), most, () => start + most)
      const page = { after: after === undefined ? undefined : Number(after), limit }
      const { items, next } = await fillPage({ page, list, toWire: wireResult, makeRoom })
      return {
        ...shared,
        previewResults: items,
        nextToken: next === undefined ? undefined : writeToken(listing, `${next}`),
      }
    },
  }
}

const named = ({ accountId, name }: RepositoryRow) => ({ registryId: accountId, repositoryName: name })

function withoutEffect(policyText: string) {
  const rules = rulesOfNoEffect(policyText)
  return rules.length === 0 ? {} : { rulesWithoutEffect: rules }
}

const wirePolicy = ({ policyText, evaluatedAt }: LifecycleRow) => ({
  lifecyclePolicyText: policyText,
  lastEvaluatedAt: evaluatedAt === undefined ? undefined : new Date(evaluatedAt),
})

type Wanted = Pick<Parameters<EcrHandlers<ControlCall>['GetLifecyclePolicyPreview']>[0], 'imageIds' | 'filter'>

function wantedBy({ imageIds, filter }: Wanted): (image: ExpiringImage) => boolean {
  const tagStatus = filter?.tagStatus ?? 'ANY'
  return ({ digest, tags }) =>
    (tagStatus === 'ANY' || tagStatus === (tags.length > 0 ? 'TAGGED' : 'UNTAGGED')) &&
    (imageIds === undefined ||
      imageIds.some(
        ({ imageDigest, imageTag }) =>
          (imageDigest ?? digest) === digest &&
          (imageTag === undefined ? imageDigest !== undefined : tags.includes(imageTag)),
      ))
}

const wireResult = ({ digest, tags, pushedAt, rulePriority }: ExpiringImage) =>
  ({
    imageTags: tags,
    imageDigest: digest,
    imagePushedAt: new Date(pushedAt),
    action: { type: 'EXPIRE' },
    appliedRulePriority: rulePriority,
  }) as const
