/**
 * The commands for what only berth's servers can do, with the models of two more services. Like `rarely.ts` this is a
 * file of its own in the bundle: nothing may import it, or what it names here, but by `await import('./own.ts')`.
 */
// As in `rarely.ts`: what every command loads stays one file.
import './main.ts'

export { berth, berthOperations } from '@berth/model/berth'
export { commandAfter, commandsOf, deletedImagesFor } from './commands/berth/find-command.ts'
export { aboutGroup, ownExamples } from './commands/berth/help-texts.ts'
export { runOwnCommand } from './commands/berth/run-own-command.ts'
