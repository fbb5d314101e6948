/**
 * The bulk clean-up, with the rules of lifecycle policies. Like `rarely.ts` this is a file of its own in the bundle:
 * nothing may import it but by `await import('./clean.ts')`, nor what it names here; the options are apart from it, for
 * help and completion.
 */
// As in `rarely.ts`: what every command loads stays one file.
import './main.ts'

export { clean } from './commands/clean/clean.ts'
