import { symlink } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { succeed } from '../support/run.ts'
import { makeScratch } from '../support/scratch.ts'

/** The server of an earlier commit. */
export interface Release extends AsyncDisposable {
  /** Its `berthd.js`. */
  readonly program: string
}

/** Unpacks what `scripts/make-release.mjs` made of a commit, where it finds the libraries of this checkout. */
export async function unpackRelease(commit: string): Promise<Release> {
  const scratch = await makeScratch()
  const archive = fileURLToPath(new URL(`release-of-${commit}.tar.gz`, import.meta.url))
  await succeed('tar', ['--extract', '--gzip', '--file', archive, '--directory', scratch.path()])
  await symlink(fileURLToPath(new URL('../../node_modules', import.meta.url)), scratch.path('node_modules'))
  return {
    program: scratch.path('release/dist/berthd.js'),
    [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
  }
}
