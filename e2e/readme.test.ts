import { mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from './support/run.ts'
import { makeScratch, type Scratch } from './support/scratch.ts'
import { launch, type Server } from './support/server-process.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What stands in for programs that other suites drive: Docker, which needs a daemon, and an `aws` that is old. */
const STAND_INS = `
docker() {
  case $1 in
    login) DOCKER_PASSWORD=$(cat) ;;
    push) IMAGE=$2 PASSWORD=$(berth ecr-public get-login-password) node --input-type=module --eval "$PUSH" ;;
  esac
}
aws() { command aws "$@" --endpoint-url "$URL" --region us-east-1; }
`

const PUSH = `
const { pushImage } = await import(process.env.ROOT + 'scripts/push-image.mjs')
const [, repository, tag] = /^[^/]+\\/(.+):(.+)$/.exec(process.env.IMAGE)
await pushImage({ url: process.env.URL, repository, tag, password: process.env.PASSWORD })
`

/** The blocks that are to be pasted, in order; the server runs already. */
async function blocksOf(page: string): Promise<string[]> {
  const text = await readFile(`${root}${page}`, 'utf8')
  const blocks = Array.from(text.matchAll(/^ *```sh\n([\s\S]+?)^ *```$/gm), ([, block = '']) => block)
  return blocks.filter(block => block !== 'npm start\n')
}

describe('what the README tells to paste', () => {
  let scratch: Scratch
  beforeAll(async () => {
    scratch = await makeScratch()
  })
  afterAll(() => scratch?.[Symbol.asyncDispose]())

  it.each([
    ['bash', ['--norc', '-i', '-s']],
    ['zsh', ['-f', '-i', '-s']],
  ])('works in %s as it stands', async (shell, args) => {
    const folder = scratch.path(shell)
    const HOME = `${folder}/home`
    await mkdir(HOME, { recursive: true })
    for (const name of ['packages', 'node_modules']) await symlink(`${root}${name}`, `${folder}/${name}`)
    let server: Server | undefined
    try {
      server = await launch({ dataDir: `${folder}/data`, port: '0' })
      const { host } = new URL(server.url)
      const blocks = (await blocksOf('README.md')).map(block => block.replaceAll('127.0.0.1:5000', host))
      expect(blocks.length).toBeGreaterThan(4)
      const input = ['set -e', STAND_INS, ...blocks, 'exit 0\n'].join('\n')
      const outcome = await run(shell, args, {
        cwd: folder,
        env: { HOME, URL: server.url, ROOT: root, PUSH },
        stdin: input,
      })
      expect(outcome, outcome.stderr).toMatchObject({ exitCode: 0 })
      expect(outcome.stdout).toContain('"imageTag": "latest"')
      expect(outcome.stdout).toMatch(/restored|"tags"/)
    } finally {
      await server?.end('SIGTERM')
    }
  })
})

describe('what any page tells to paste', async () => {
  const pages = ['README.md', 'CONTRIBUTING.md', ...(await readdir(`${root}docs`)).map(name => `docs/${name}`)]
  const blocks = (await Promise.all(pages.filter(name => name.endsWith('.md')).map(blocksOf))).flat()

  it('has no comments, which zsh takes for commands and arguments', () => {
    expect(blocks.length).toBeGreaterThan(20)
    expect(blocks.filter(block => /(?:^|\s)#(?:\s|$)/m.test(block))).toEqual([])
  })

  it.each([['bash'], ['zsh', '-f']])('can be read by %s', async (shell, ...args) => {
    // Each in braces, so that what one leaves open is not closed by the next.
    const input = blocks.map(block => `{\n${block}\n}\n`).join('')
    expect(await run(shell, [...args, '-n'], { stdin: input })).toMatchObject({ exitCode: 0, stderr: '' })
  })

  it('has no prompts, and no patterns without quotes, which zsh refuses where no file fits', () => {
    const bare = blocks.map(block => block.replaceAll(/<<'(\w+)'[\s\S]*?^\1$|'[^']*'|"[^"]*"/gm, ''))
    expect(bare.filter(block => /^\s*[$%>]\s|[*?[\]]/m.test(block))).toEqual([])
  })

  it('asks nothing but at its end, since the next line would be the answer', () => {
    const asking = /^berth clean (?!.*--(?:yes|dry-run)).*\n(?=.)/m
    expect(blocks.filter(block => asking.test(block))).toEqual([])
  })
})
