import { berth, berthOperations } from '@berth/model/berth'
import { type OwnCommand, ownCommands } from './images/images.ts'

/** The names that may follow `berth images` and its like; none follow `berth audit`. */
export const commandsOf = (group: string): string[] =>
  ownCommands.flatMap(({ words: [own, name] }) => (own === group && name !== undefined ? [name] : []))

/** The command that `words` begin with, if they are enough to name one. */
export const commandAfter = (words: readonly string[]): OwnCommand | undefined =>
  ownCommands.find(command => command.words.every((word, index) => word === words[index]))

/** What lists the images that the command may name, where those are deleted ones. */
export function deletedImagesFor([group, name = '']: readonly string[]) {
  return group === 'images' && ['restore', 'purge'].includes(name)
    ? { operation: berthOperations.ListDeletedImages, service: berth, resultKey: 'deletedImages' }
    : undefined
}
