import { rebuildSearch } from '../registry/gallery/search-index.ts'
import type { AdminCommand } from './command.ts'

export const searchCommands: Readonly<Record<string, AdminCommand>> = {
  'search rebuild': {
    options: {},
    about: 'Make all that the gallery searches anew; until it has ended, search finds little.',
    examples: ['berthd admin search rebuild'],
    async run({ context, progress }) {
      let done = 0
      const repositories = await rebuildSearch(context, {
        onDone: count => {
          done += count
          progress.now(`search: ${done} repositories`)
        },
      })
      progress.done()
      return { repositories }
    },
  },
}
