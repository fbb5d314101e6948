import { setTimeout as sleep } from 'node:timers/promises'
import type { Operation } from '@berth/model'
import { ecrOperations } from '@berth/model/ecr'
import type { Client, Parameters } from '../../client/client.ts'
import { CommandError } from '../../errors.ts'
import { str } from '../../python/text.ts'

const { GetLifecyclePolicyPreview: get, StartLifecyclePolicyPreview: start } = ecrOperations

/**
 * StartLifecyclePolicyPreview and GetLifecyclePolicyPreview as one operation, with the parameters of both and the
 * answer of the second.
 */
export const previewOperation: Operation = {
  ...get,
  documentation:
    'Lists the images that the lifecycle policy of a repository would delete, or that another policy would, each with the rule it falls under. Nothing is deleted. Without a format, by --output or by a setting, it prints a table.',
  input: { ...get.input, members: { ...start.input.members, ...get.input.members } },
}

const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 2_000
const PATIENCE_MS = 15 * 60 * 1000

/**
 * A client that starts a preview at its first call, and waits for the preview's end. Every call answers a page of what
 * the preview found.
 */
export function previewClient(client: Client): Client {
  let started = false
  return {
    prepare: client.prepare,
    async call(operation, parameters) {
      // A call with a token reads on, and begins no new preview.
      const resumed = parameters.has('nextToken')
      const { startInput, getInput } = split(parameters)
      if (!started && !resumed) {
        client.prepare(operation, parameters)
        await client.call(start, startInput)
      }
      started = true
      return finished(client, getInput)
    },
  }
}

function split(parameters: Parameters): { startInput: Parameters; getInput: Parameters } {
  const of = ({ input }: Operation) => new Map([...parameters].filter(([name]) => Object.hasOwn(input.members, name)))
  return { startInput: of(start), getInput: of(get) }
}

async function finished(client: Client, parameters: Parameters): Promise<Parameters> {
  let waitMs = FIRST_WAIT_MS
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += waitMs) {
    const page = await client.call(get, parameters)
    const status = page.get('status')
    if (status === 'COMPLETE' || status === undefined) return page
    if (status !== 'IN_PROGRESS') throw new CommandError('general', `The preview has come to nothing: ${str(status)}.`)
    await sleep(waitMs)
    waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)
  }
  throw new CommandError('general', 'The preview is still at work. Ask again later.')
}
