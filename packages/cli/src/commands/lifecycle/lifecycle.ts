/** What help says of berth's own commands; the pages are made of it where all the others are. */

import type { Example } from '../ecr-public/examples.ts'
import type { OwnCommandName } from '../table.ts'

/** What each group of commands is for. */
export const aboutGroup: { readonly [Group in OwnCommandName]: string } = {
  images:
    'Deleted images wait in a bin for some days, and as long it is known which image a tag led to before it was moved or deleted. These commands list what is there, bring it back, or empty the bin; and they tell when images were last pulled.',
  settings:
    'What holds in a repository or in the whole registry: for how many days deleted images can be restored, which tags protect their image from deletion, and which tags cannot be moved.',
  lifecycle:
    'A lifecycle policy deletes images by rules: untagged ones after some days, all but the newest of a kind, or those that nobody has pulled for long. The rules are those of Amazon ECR, in the same JSON. What a rule deletes waits in the bin like anything else.',
  audit: 'Every deletion and restore, and every change of policies and keys, leaves a record.',
}

const REPOSITORY = '--repository-name project-a/nginx-web-app'

/** Examples of the commands, by their words. */
export const ownExamples: { readonly [command: string]: readonly Example[] } = {
  'images deleted': [
    {
      about: 'Shows what was deleted in a repository, by whom and until when it can be restored:',
      options: [REPOSITORY],
    },
    {
      about: 'Lists the digests of what a lifecycle rule deleted, a line each:',
      options: ['--query "deletedImages[?contains(reason,\'rule\')].[imageDigest]"', '--output text'],
    },
  ],
  'images restore': [
    {
      about: 'Brings back the image that had a tag, with all its tags:',
      options: [REPOSITORY, '--image-ids imageTag=v1.2'],
    },
    {
      about: 'Takes a tag back from the image that it was moved to:',
      options: [
        REPOSITORY,
        '--image-ids imageDigest=sha256:examplee6d1e504117a17000003d3753086354a38375961f2e665416ef4b1b2f,imageTag=latest',
      ],
    },
  ],
  'images purge': [{ about: 'Empties the bin of a repository, for good:', options: [REPOSITORY, '--all'] }],
  'images pulls': [
    {
      about: 'Lists the images that were never pulled:',
      options: [REPOSITORY, '--query "imagePulls[?!lastPulledAt].imageDigest"', '--output text'],
    },
  ],
  'settings put': [
    {
      about: 'Keeps deleted images for 30 days, and protects all tags from deletion but those of builds:',
      options: [REPOSITORY, "--settings 'binDays=30,protectedTags=*,!build-*'"],
    },
  ],
  'settings put-registry': [{ about: 'Has images deleted at once, with no way back:', options: ['--bin-days 0'] }],
  'lifecycle put': [
    {
      about: 'Sets the policy that a file holds:',
      options: [REPOSITORY, '--lifecycle-policy-text file://policy.json'],
    },
  ],
  'lifecycle preview': [
    {
      about: 'Shows what the policy in a file would delete, before it is set:',
      options: [REPOSITORY, '--lifecycle-policy-text file://policy.json'],
    },
  ],
  audit: [
    {
      about: 'Lists who has deleted images since the beginning of the month, a line each:',
      options: [
        '--since 2026-11-01',
        '--action DeleteImage',
        '--query "auditRecords[].[recordedAt,principal,repositoryName,imageDigest]"',
        '--output text',
      ],
    },
  ],
}
