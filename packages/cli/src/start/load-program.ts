import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Script } from 'node:vm'

type Loading = {
  readonly folder: string
  /** Loads everything that is no part of the program: Node's modules and libraries. */
  readonly require: (id: string) => unknown
  /** Told of every part that was compiled, and of where its compiled code is kept: the build writes that. */
  readonly onPart?: (script: Script, compiledFile: string) => void
}

/** Where the compiled code of a part is kept. V8 refuses what another version of it has made, and compiles anew. */
const compiledFile = (file: string): string => `${file}.code`

/** Runs the program from its bundled parts. Compiling them would take longer than most commands take to run. */
export function loadProgram({ folder, require, onPart }: Loading): void {
  const parts = new Map<string, { exports: unknown }>()

  function load(name: string): unknown {
    const known = parts.get(name)
    if (known) return known.exports
    const file = join(folder, name)
    const cachedData = compiledCode(file)
    const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`
    const script = new Script(source, { filename: file, ...(cachedData && { cachedData }) })
    onPart?.(script, compiledFile(file))
    const module = { exports: {} }
    parts.set(name, module)
    const local = (id: string) => (/^\.\/(?:part|program)/.test(id) ? load(id.slice(2)) : require(id))
    script.runInThisContext()(module.exports, local, module, file, folder)
    return module.exports
  }

  load('program.js')
}

function compiledCode(file: string): Buffer | undefined {
  try {
    return readFileSync(compiledFile(file))
  } catch {
    return undefined
  }
}
