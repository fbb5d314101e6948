import { readdirSync } from 'node:fs'
import { posix } from 'node:path'
import { isProduct, readSources, type SourceFile } from './files.ts'
import { circles, type ImportGraph, importGraph } from './imports.ts'
import { longFunctions } from './long-functions.ts'

const MAX_LINES = 300
const MAX_FUNCTION_LINES = 60
const MAX_COLUMNS = 120
const MAX_FILES = 20

/** What lies at the top of the project, and at the top of the packages' sources that have rooms. */
const LOOSE: Readonly<Record<string, readonly string[]>> = {
  '': [
    '.editorconfig',
    '.gitattributes',
    '.gitignore',
    '.node-version',
    '.nvmrc',
    'CHANGELOG.md',
    'CODE_OF_CONDUCT.md',
    'CONTRIBUTING.md',
    'Dockerfile',
    'LICENSE',
    'NOTICE',
    'README.md',
    'SECURITY.md',
    'biome.json',
    'knip.jsonc',
    'owner.json',
    'package-lock.json',
    'package.json',
    'tsconfig.base.json',
    'tsconfig.scripts.json',
    'tsconfig.tests.json',
    'vitest.config.ts',
    'vitest.setup.ts',
  ],
  'packages/server/src': ['berthd.ts'],
  'packages/cli/src': [
    // The program, and what every room of it may know.
    'berth.ts',
    'main.ts',
    'program.ts',
    'environment.ts',
    'errors.ts',
    'log.ts',
    'version.ts',
  ],
}

/** Others compile these alone, and run them outside the project. */
const STANDALONE = ['testing/swift.ts']

/** What each rule finds, by what it is about: a file, a folder, a function, a circle. */
export type Findings = Readonly<Record<string, readonly string[]>>

/** Holds a project to the rules of its house. */
export function inspect(root: string): Findings {
  const files = readSources(root)
  const product = files.filter(({ path }) => isProduct(path))
  const graph = importGraph(files)
  return {
    [`more than ${MAX_LINES} lines`]: longFiles(product),
    [`a function of more than ${MAX_FUNCTION_LINES} lines`]: longFunctions(root, product, MAX_FUNCTION_LINES),
    [`more than ${MAX_FILES} files in one row`]: crowdedFolders(product),
    [`a comment beyond column ${MAX_COLUMNS}`]: wideComments(files),
    'a literal that is spread where it stands': spreadLiterals(product),
    'a circle of imports': circles(graph).map(members => circleName(members)),
    'an import in a file that others compile alone': dependent(graph, STANDALONE),
    'a loose file': looseFiles(root, product),
  }
}

export const longFiles = (files: readonly SourceFile[]): string[] =>
  files.filter(({ text }) => lineCount(text) > MAX_LINES).map(({ path }) => path)

const lineCount = (text: string) => text.replace(/\n$/, '').split('\n').length

export function crowdedFolders(files: readonly SourceFile[]): string[] {
  const counts = new Map<string, number>()
  for (const { path } of files) {
    const folder = posix.dirname(path)
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  return [...counts].filter(([, count]) => count > MAX_FILES).map(([folder]) => folder)
}

/**
 * The files with comments beyond the columns: Biome keeps code within them and leaves comments as they are. What Biome
 * itself reads of a comment stays in one line.
 */
export const wideComments = (files: readonly SourceFile[]): string[] =>
  files
    .filter(({ text }) =>
      text
        .split('\n')
        .some(
          line =>
            line.length > MAX_COLUMNS && /^\s*(?:\/\/|\/?\*)(?! biome-ignore)/.test(line) && /\s/.test(line.trim()),
        ),
    )
    .map(({ path }) => path)

/**
 * The files that write some members of a literal as a literal of its own and spread that, to have several in one line.
 */
export const spreadLiterals = (files: readonly SourceFile[]): string[] =>
  files.filter(({ text }) => /\.\.\.(?:\{ ?\w+ ?[:,]|\[['"`])/.test(text)).map(({ path }) => path)

/** Those of the files that import something of the project. */
export const dependent = (graph: ImportGraph, files: readonly string[]): string[] =>
  files.filter(file => graph.get(file)?.length !== 0)

/** A large circle is named by the folder that has all of it, and so keeps its name while files leave it. */
function circleName(members: readonly string[]): string {
  if (members.length <= 4) return members.join(' and ')
  let folder = posix.dirname(members[0] ?? '')
  while (folder !== '.' && !members.every(path => path.startsWith(`${folder}/`))) folder = posix.dirname(folder)
  return `${folder}, many files`
}

function looseFiles(root: string, product: readonly SourceFile[]): string[] {
  const top = readdirSync(root, { withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name !== '.git')
    .map(({ name }) => name)
  return [
    ...top.filter(name => !LOOSE['']?.includes(name)),
    ...product
      .map(({ path }) => path)
      .filter(path => LOOSE[posix.dirname(path)]?.includes(posix.basename(path)) === false),
  ]
}
