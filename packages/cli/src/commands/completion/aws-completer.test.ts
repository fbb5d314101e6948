import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { globalOptions } from '../../argv/global-options.ts'
import { dropInCandidates } from './aws-completer.ts'

const home = join(tmpdir(), `berth-drop-in-${process.pid}`)
mkdirSync(join(home, 'sub', 'inner'), { recursive: true })
writeFileSync(join(home, 'sub', 'ids.json'), '[]')
afterAll(async () => (await import('node:fs/promises')).rm(home, { recursive: true }))

const GLOBALS = globalOptions.map(({ name }) => name).filter(name => name !== '--fail-on-partial')
const INPUTS = ['--cli-input-json', '--cli-input-yaml', '--generate-cli-skeleton']

describe('the candidates of aws_completer', () => {
  const operation = 'aws ecr-public batch-delete-image'
  it.each<[string, readonly string[]]>([
    ['aws ecr', ['ecr-public']],
    ['aws ecr-public batch-', ['batch-check-layer-availability', 'batch-delete-image']],
    // A command that is complete ends the word, unless others begin with it.
    ['aws ecr-public batch-delete-image', []],
    ['aws ecr-public delete-repository', ['delete-repository', 'delete-repository-policy']],
    ['aws --', GLOBALS],
    ['aws ecr-public get-login-password --', GLOBALS],
    [`${operation} --repository-name x --`, ['--registry-id', '--image-ids', ...INPUTS, ...GLOBALS]],
    [`${operation} --repository-name x `, ['--registry-id', '--image-ids', ...INPUTS, ...GLOBALS]],
    [`${operation} --image-ids a b --re`, ['--registry-id', '--repository-name', '--region']],
    [`${operation} --image-ids `, []],
    [`${operation} --output y`, []],
    [`${operation} --profile d`, ['dev']],
    [`${operation} --region us-`, ['us-east-1', 'us-west-2']],
    ['aws --region us-', ['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2']],
    ['aws --version x --debu', ['--debug']],
    // Behind a word that is not understood nothing is, unless it may be a path.
    [`${operation} x --re`, []],
    [`${operation} --foo --regi`, ['--registry-id', '--region']],
    [`${operation} --image-ids file://~/sub/`, ['file://~/sub/ids.json', 'file://~/sub/inner/']],
    [`${operation} --image-ids fileb://${home}/sub/in`, [`fileb://${home}/sub/inner/`]],
    [`${operation} --image-ids file://${home}/absent/`, []],
  ])('of %j', (line, expected) => {
    expect(dropInCandidates(line, { profiles: ['dev', 'prod'], home })).toEqual(expected)
  })
})
