import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commands } from '../commands/command-table.ts'
import type { Value } from '../python/value.ts'
import { emptyLine, type Key, type Line, press } from './line-editor.ts'
import { suggest } from './suggest.ts'

function type(line: Line, keys: readonly Key[], suggestions: readonly string[] = []): Line {
  return keys.reduce((now, key) => {
    const step = press(now, key, suggestions)
    return 'line' in step ? step.line : now
  }, line)
}
const named = (...names: string[]): Key[] => names.map(name => ({ name }))
const typed = (text: string): Key[] => [...text].map(sequence => ({ sequence, name: sequence }))

describe('the line', () => {
  it('takes text at the cursor', () => {
    expect(type(emptyLine('ac'), [...named('left'), ...typed('b')])).toMatchObject({ text: 'abc', cursor: 2 })
    expect(type(emptyLine('abc'), named('home', 'delete', 'end', 'backspace'))).toMatchObject({ text: 'b' })
  })

  it('completes the word by the only suggestion, and walks through several', () => {
    expect(type(emptyLine('ecr-public del'), named('tab'), ['delete-repository']).text).toBe(
      'ecr-public delete-repository ',
    )
    expect(type(emptyLine('--o'), named('tab', 'down', 'enter'), ['--output', '--other']).text).toBe('--other ')
    expect(type(emptyLine('x'), named('up', 'escape'), ['a', 'b']).marked).toBeUndefined()
  })

  it('is accepted by Enter and cancelled by Ctrl-C', () => {
    expect(press(emptyLine('x'), { name: 'return' }, ['a'])).toEqual({ done: 'accepted' })
    expect(press(emptyLine('x'), { name: 'c', ctrl: true }, [])).toEqual({ done: 'cancelled' })
  })

  it('keeps its cursor within the text, whatever is pressed', () => {
    const keys = fc.array(
      fc.constantFrom<Key>(
        ...named('left', 'right', 'home', 'end', 'backspace', 'delete', 'tab', 'up', 'down', 'escape'),
        { name: 'w', ctrl: true },
        { name: 'u', ctrl: true },
        { name: 'k', ctrl: true },
        ...typed('a b'),
      ),
    )
    fc.assert(
      fc.property(keys, fc.array(fc.string()), (pressed, suggestions) => {
        const line = type(emptyLine('start'), pressed, suggestions)
        expect(line.cursor).toBeGreaterThanOrEqual(0)
        expect(line.cursor).toBeLessThanOrEqual(line.text.length)
      }),
    )
  })
})

describe('suggestions', () => {
  const answers = new Map<string, Value>([
    ['DescribeRepositories', new Map([['repositories', [new Map([['repositoryName', 'team/web']])]]])],
    [
      'DescribeImages',
      new Map([
        [
          'imageDetails',
          [
            new Map<string, Value>([
              ['imageDigest', 'sha256:1'],
              ['imageTags', ['v1', 'v2']],
            ]),
          ],
        ],
      ]),
    ],
    ['ListDeletedImages', new Map([['deletedImages', [new Map([['imageTags', ['gone']]])]]])],
  ])
  const ask = async ({ name }: { readonly name: string }) => {
    const answer = answers.get(name)
    return answer instanceof Map ? answer : undefined
  }
  const after = (text: string) => suggest(text, { commands, profiles: ['dev'] }, ask)

  it.each([
    [
      '',
      [
        ...['ecr-public', 'images', 'settings', 'lifecycle', 'audit', 'gallery', 'clean', 'configure'],
        ...['docker-credential', 'completion'],
      ],
    ],
    ['ecr-public batch-', ['batch-check-layer-availability', 'batch-delete-image']],
    ['ecr-public batch-delete-image --reg', ['--registry-id', '--region']],
    ['ecr-public batch-delete-image --output ', ['json', 'text', 'table', 'yaml', 'yaml-stream']],
    ['ecr-public batch-delete-image --profile ', ['dev']],
    ['ecr-public batch-delete-image --repository-name ', ['team/web']],
    ['ecr-public batch-delete-image --repository-name team/web --image-ids imageT', ['imageTag=v1', 'imageTag=v2']],
    ['clean --tag pr-* --repository-name team/web --not-tag x --ta', ['--tag']],
    ['clean --repository-name ', ['team/web']],
    ['configure --l', ['--local']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['images ', ['deleted', 'restore', 'purge', 'pulls']],
    ['images restore --repository-name team/web --image-ids imageT', ['imageTag=gone']],
    ['images pulls --repository-name team/web --image-ids imageT', ['imageTag=v1', 'imageTag=v2']],
  ])('after %j', async (text, expected) => {
    expect(await after(text)).toEqual(expected)
  })

  it('are options after an operation, before any dash', async () => {
    expect(await after('ecr-public describe-registries ')).toContain('--max-items')
    expect(await after('clean --untagged ')).toContain('--older-than')
  })
})
