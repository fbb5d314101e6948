import { ecr, ecrOperations } from '@berth/model/ecr'
import { berthCommand, berthGroup, REPOSITORY } from '../berth/berth-command.ts'
import { showAsTable } from '../berth/people-table.ts'
import { previewClient, previewOperation } from './preview.ts'
import { previewTable } from './preview-table.ts'

const { GetLifecyclePolicy, PutLifecyclePolicy, DeleteLifecyclePolicy } = ecrOperations

/** `berth lifecycle …`: operations of Amazon ECR, which ECR Public does not have. */
export const lifecycle = berthGroup(
  {
    name: 'lifecycle',
    summary: 'rules by which images expire, and a preview of what they would delete',
    about:
      'A lifecycle policy deletes images by rules: untagged ones after some days, all but the newest of a kind, or those that nobody has pulled for long. The rules are those of Amazon ECR, in the same JSON. What a rule deletes waits in the bin like anything else.',
  },
  [
    berthCommand({
      words: ['lifecycle', 'put'],
      operation: PutLifecyclePolicy,
      service: ecr,
      examples: [
        {
          about: 'Sets the policy that a file holds:',
          options: [REPOSITORY, '--lifecycle-policy-text file://policy.json'],
        },
      ],
    }),
    berthCommand({
      words: ['lifecycle', 'get'],
      operation: GetLifecyclePolicy,
      service: ecr,
      examples: [
        {
          about: 'Prints the policy of a repository as it was set:',
          options: [REPOSITORY, '--query lifecyclePolicyText', '--output text'],
        },
      ],
    }),
    berthCommand({
      words: ['lifecycle', 'delete'],
      operation: DeleteLifecyclePolicy,
      service: ecr,
      examples: [{ about: 'Has a repository keep its images whatever their age:', options: [REPOSITORY] }],
    }),
    berthCommand({
      words: ['lifecycle', 'preview'],
      operation: previewOperation,
      service: ecr,
      throughClient: previewClient,
      show: showAsTable(previewTable),
      examples: [
        {
          about: 'Shows what the policy in a file would delete, before it is set:',
          options: [REPOSITORY, '--lifecycle-policy-text file://policy.json'],
        },
      ],
    }),
  ],
)
