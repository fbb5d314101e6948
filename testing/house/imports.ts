import { posix } from 'node:path'
import type { SourceFile } from './files.ts'

/** Which files each file imports. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>

/** `from 'x'`, `import 'x'` and `import('x')`: of values and types, fixed and dynamic. */
const SPECIFIER = /\b(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g
const PACKAGES: Readonly<Record<string, string>> = {
  '@berth/model': 'packages/model/src/index.ts',
  '@berth/model/ecr': 'packages/model/src/ecr/operations.ts',
  '@berth/model/berth': 'packages/model/src/berth/operations.ts',
  '@berth/lifecycle': 'packages/lifecycle/src/index.ts',
}

/** Which files of the project import each other. Packages of others are left out. */
export function importGraph(files: readonly SourceFile[]): ImportGraph {
  const known = new Set(files.map(({ path }) => path))
  return new Map(
    files.map(({ path, text }) => {
      const specifiers = Array.from(text.matchAll(SPECIFIER), ([, specifier = '']) => specifier)
      const targets = specifiers.map(specifier => PACKAGES[specifier] ?? resolve(path, specifier))
      return [path, [...new Set(targets.filter(target => known.has(target)))]]
    }),
  )
}

const resolve = (from: string, specifier: string) =>
  specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts') : specifier

/** The groups of files that import each other, directly or by way of others: Tarjan's strongly connected components. */
export function circles(graph: ImportGraph): string[][] {
  const found: string[][] = []
  const order = new Map<string, number>()
  const open: string[] = []
  const visit = (file: string): number => {
    let low = order.size
    order.set(file, low)
    open.push(file)
    for (const target of graph.get(file) ?? []) {
      if (!order.has(target)) low = Math.min(low, visit(target))
      else if (open.includes(target)) low = Math.min(low, order.get(target) ?? low)
    }
    if (low === order.get(file)) {
      const members = open.splice(open.indexOf(file))
      if (members.length > 1 || graph.get(file)?.includes(file)) found.push(members.sort())
    }
    return low
  }
  for (const file of graph.keys()) if (!order.has(file)) visit(file)
  return found
}
