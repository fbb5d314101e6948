import { berth, berthOperations } from '@berth/model/berth'
import { berthCommand, berthGroup } from '../berth/berth-command.ts'
import { MAY_OPEN, showLink } from './show-link.ts'

const { CreateSignInLink } = berthOperations

/** `berth gallery …` */
export const gallery = berthGroup(
  {
    name: 'gallery',
    summary: 'the pages of the server, with you signed in',
    about: 'A server of berth has pages for browsers. Whoever is signed in looks after repositories there.',
  },
  [
    berthCommand({
      words: ['gallery', 'open'],
      operation: {
        ...CreateSignInLink,
        documentation:
          'Signs you in to the pages of the server, as the user of the profile: makes a link that is good once and for a minute, prints it, and opens it in a browser where there is one. The page asks before it signs anybody in.',
        input: {
          ...CreateSignInLink.input,
          members: {
            print: {
              type: 'boolean',
              shapeName: 'PrintFlag',
              documentation: 'Only print the link, and open no browser.',
            },
          },
        },
      },
      service: berth,
      throughClient: client => ({
        prepare: (operation, parameters) => client.prepare(operation, parameters),
        call: async (_, parameters) => {
          const asked = new Map([...parameters].filter(([name]) => name !== 'print'))
          const answer = await client.call(CreateSignInLink, asked)
          return parameters.get('print') === true ? answer : new Map([...answer, [MAY_OPEN, true]])
        },
      }),
      show: showLink,
      examples: [
        { about: 'Opens the desk in a browser:', options: [] },
        { about: 'Prints the link for a browser elsewhere:', options: ['--print'] },
      ],
    }),
  ],
)
