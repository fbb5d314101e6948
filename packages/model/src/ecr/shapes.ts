/** The shapes of ECR's lifecycle operations that ECR Public does not have. */
import { imageDigest, imageTag, repositoryName as publicRepositoryName, pushTimestamp } from '../scalars.ts'
import { described, enumeration, integer, list, string, structure, timestamp } from '../shapes.ts'

export const repositoryName = { ...publicRepositoryName, max: 256 }

export const lifecyclePolicyText = string('LifecyclePolicyText', {
  min: 100,
  max: 30_720,
  documentation: 'The lifecycle policy, as JSON text.',
})

export const lastEvaluatedAt = timestamp('EvaluationTimestamp', {
  documentation: 'When the lifecycle policy was last run.',
})

export const nextEvaluationAt = timestamp('NextEvaluationTimestamp', {
  documentation:
    'When the lifecycle policy is run next, within a minute. One that was just put, or would be put now, is run now. Only berth tells.',
})

export const previewStatus = enumeration(
  'LifecyclePolicyPreviewStatus',
  ['IN_PROGRESS', 'COMPLETE', 'EXPIRED', 'FAILED'],
  { documentation: 'How far the preview is. Its results stand when it is COMPLETE.' },
)

export const previewMaxResults = integer('LifecyclePreviewMaxResults', {
  min: 1,
  max: 100,
  documentation: 'The largest number of results in one answer, from 1 to 100, which is the default too.',
})

export const previewFilter = structure('LifecyclePolicyPreviewFilter', {
  tagStatus: enumeration('TagStatus', ['TAGGED', 'UNTAGGED', 'ANY'], {
    documentation: 'Only images that have tags, or only those that have none.',
  }),
})

export const previewResult = structure('LifecyclePolicyPreviewResult', {
  imageTags: list('ImageTagList', imageTag, { documentation: 'The tags of the image.' }),
  imageDigest,
  imagePushedAt: pushTimestamp,
  action: described(
    structure('LifecyclePolicyRuleAction', {
      type: enumeration('ImageActionType', ['EXPIRE'], { documentation: 'Always EXPIRE: the image is deleted.' }),
    }),
    'What would be done with the image.',
  ),
  appliedRulePriority: integer('LifecyclePolicyRulePriority', {
    min: 1,
    documentation:
      'The priority of the rule that the image falls under. An artifact that goes because its subject is gone has none.',
  }),
})

export const rulesWithoutEffect = list(
  'RuleWithoutEffectList',
  structure('RuleWithoutEffect', {
    rulePriority: integer('LifecyclePolicyRulePriority', { min: 1, documentation: 'The priority of the rule.' }),
    reason: string('RuleWithoutEffectReason', { documentation: 'What the rule does here instead.' }),
  }),
  {
    documentation:
      "Rules about Amazon's archive, which do not expire any image here. Only berth tells of them, and only if there are any.",
  },
)

export const previewSummary = structure('LifecyclePolicyPreviewSummary', {
  expiringImageTotalCount: integer('ImageCount', { min: 0, documentation: 'How many images would be deleted.' }),
})
