import { berth, berthOperations } from '@berth/model/berth'
import { berthCommand, berthGroup, REPOSITORY } from './berth/berth-command.ts'

const { GetRepositorySettings, PutRepositorySettings, GetRegistrySettings, PutRegistrySettings } = berthOperations

/** `berth settings …` */
export const settings = berthGroup(
  {
    name: 'settings',
    summary: 'how long deleted images are kept, and which tags are protected',
    about:
      'What holds in a repository or in the whole registry: for how many days deleted images can be restored, which tags protect their image from deletion, and which tags cannot be moved.',
  },
  [
    berthCommand({
      words: ['settings', 'get'],
      operation: GetRepositorySettings,
      service: berth,
      examples: [{ about: 'Shows what holds in a repository, and what it has set itself:', options: [REPOSITORY] }],
    }),
    berthCommand({
      words: ['settings', 'put'],
      operation: PutRepositorySettings,
      service: berth,
      examples: [
        {
          about: 'Keeps deleted images for 30 days, and protects all tags from deletion but those of builds:',
          options: [REPOSITORY, "--settings 'binDays=30,protectedTags=*,!build-*'"],
        },
      ],
    }),
    berthCommand({
      words: ['settings', 'get-registry'],
      operation: GetRegistrySettings,
      service: berth,
      examples: [{ about: 'Shows what holds in repositories that set nothing themselves:', options: [] }],
    }),
    berthCommand({
      words: ['settings', 'put-registry'],
      operation: PutRegistrySettings,
      service: berth,
      examples: [
        { about: 'Has images deleted at once, with no way back:', options: ['--bin-days 0'] },
        { about: 'Keeps from everybody how often images are pulled:', options: ['--hide-pulls'] },
      ],
    }),
  ],
)
