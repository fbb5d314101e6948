import {
  describeOption,
  GLOBAL_OPTIONS,
  globalSection,
  indented,
  optionSynopsis,
  type Page,
  paragraph,
} from '../help/layout.ts'
import { cleanOptions } from './options.ts'

const EXAMPLES: readonly (readonly [about: string, ...parts: string[]])[] = [
  [
    'Deletes everything that lost its tag, images of several architectures whole, and asks before it does:',
    'berth clean --repository-name project-a/nginx-web-app --untagged',
  ],
  [
    'Shows which builds of pull requests are older than a month, in all repositories of a team:',
    "berth clean --repository-name 'project-a/*' --tag 'pr-*' --older-than 30d --dry-run",
  ],
  [
    'Keeps the ten newest of each kind of release, and the latest whatever its age, without asking:',
    "berth clean --repository-name project-a/nginx-web-app --tag 'v1.*' --tag 'v2.*' \\",
    '    --not-tag latest --keep 10 --yes',
  ],
  [
    'Says what a lifecycle policy would expire, and by which of its rules:',
    'berth clean --all-repositories --rule policy.json --dry-run',
  ],
  [
    'Prints the digests that would go:',
    'berth clean --repository-name project-a/nginx-web-app --untagged --dry-run --output text \\',
    "    --query 'repositories[].images[].[imageDigest]'",
  ],
]

/** `berth clean help` */
export const cleanPage = (): Page => [
  ['NAME', [paragraph('clean - deletes images by what they are: untagged, old, beyond the newest, by a rule')]],
  [
    'DESCRIPTION',
    [
      'Deletes the images of one, several or all repositories that the options select, on berth servers and on Amazon ECR Public alike. Options narrow the choice: an image must meet all of them. At least one of --untagged, --older-than, --not-pulled-since, --tag, --keep and --rule is needed.',
      'First it shows the plan: image, age, size, tags and reason of all that would go. Then it asks; nothing is deleted before the answer. Ctrl-C lets the requests under way finish and tells what was done. The same command again goes on, since it looks at what is there.',
      'Images belong together. What an index lists stays while the index stays, whatever is selected. Untagged images that an index lists, and untagged signatures and the like that are attached to an image, go when the last image goes that names them. Indexes are read from the registry for that; while one of them cannot be read, nothing that it might list is deleted. Indexes are deleted before the images they list.',
      'Of an image with several tags, --tag takes the matching tags only, unless all of them match: then the image goes. A tag that was moved after the plan was made is left alone: each batch begins with another look at the tags of its images, and tags are named to the registry together with the digest they had. An image without tags can be named by its digest only, so one that is tagged between that look and the deletion goes all the same.',
      'With --output or --query, plan and result are printed as one document; progress and questions are on standard error.',
    ].map(text => paragraph(text)),
  ],
  ['SYNOPSIS', [[indented('clean'), ...cleanOptions.map(option => indented(optionSynopsis(option), 1))]]],
  ['OPTIONS', cleanOptions.map(describeOption)],
  globalSection(GLOBAL_OPTIONS),
  ['EXAMPLES', EXAMPLES.flatMap(([about, ...parts]) => [paragraph(about), parts.map(part => indented(part, 1))])],
  [
    'EXIT CODES',
    [
      [
        '0: all that was planned is gone, or there was nothing to do, or --dry-run',
        '130: stopped by Ctrl-C, or by an answer other than yes',
        '252: the command line cannot be meant',
        '254: some of it could not be deleted, or the service refused',
        '255: the registry cannot be reached, or anything else',
      ].map(line => indented(line)),
    ],
  ],
]
