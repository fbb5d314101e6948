import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { Script } from 'node:vm'

interface Loading {
  readonly folder: string
  /** Loads Node's modules. */
  readonly require: (id: string) => unknown
  /** The folder of compiled code, for this build of the program and this Node alone. */
  readonly codeFolder: string | undefined
}

/** Each new version of this program or of Node has its own compiled code, and the old stays for this long. */
const KEPT_MS = 30 * 24 * 3600 * 1000

/**
 * Runs the program from its bundled parts. Compiling them takes longer than most of the rest. Node's own compile cache
 * would keep only the functions that the very first command has called.
 */
export function loadProgram({ folder, require, codeFolder }: Loading): void {
  const parts = new Map<string, { exports: unknown }>()

  function load(name: string): unknown {
    const known = parts.get(name)
    if (known) return known.exports
    const script = compiled(join(folder, name), codeFolder && join(codeFolder, `${name}.code`))
    const module = { exports: {} }
    parts.set(name, module)
    const local = (id: string) => (id.startsWith('./') ? load(id.slice(2)) : require(id))
    script.runInThisContext()(module.exports, local, module, join(folder, name), folder)
    return module.exports
  }

  load('program.js')
}

/**
 * One part of the program, from its compiled code if there is some. V8 refuses code that another version of it has
 * made.
 */
function compiled(file: string, codeFile: string | undefined): Script {
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`
  if (codeFile === undefined) return new Script(source, { filename: file })
  const cachedData = contentOf(codeFile)
  if (cachedData !== undefined) {
    const script = new Script(source, { filename: file, cachedData })
    if (script.cachedDataRejected === false) return script
  }
  // V8 compiles all functions at once, so that it does not matter which command is the first.
  setFlagsFromString('--no-lazy')
  const script = new Script(source, { filename: file })
  setFlagsFromString('--lazy')
  keep(codeFile, script.createCachedData())
  return script
}

function contentOf(codeFile: string): Buffer | undefined {
  try {
    return readFileSync(codeFile)
  } catch {
    return undefined
  }
}

/** Keeps compiled code for the next time, or does without. Others see the whole of it or nothing. */
function keep(codeFile: string, code: Buffer): void {
  const folder = dirname(codeFile)
  try {
    if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) removeOld(dirname(folder))
    const unfinished = `${codeFile}.${process.pid}`
    writeFileSync(unfinished, code, { mode: 0o600 })
    renameSync(unfinished, codeFile)
  } catch {
    // Such as on a full disk.
  }
}

/** Removes what was compiled long ago: a new program or a new Node has come. */
function removeOld(parent: string): void {
  for (const name of readdirSync(parent)) {
    const folder = join(parent, name)
    if (Date.now() - lstatSync(folder).mtimeMs > KEPT_MS) rmSync(folder, { recursive: true })
  }
}
