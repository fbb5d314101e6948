import { execFile } from 'node:child_process'
import { splitCommand } from '../config/split-words.ts'
import { CommandError } from '../errors.ts'
import { parseJson } from '../python/parse-json.ts'
import { systemError } from '../python/system-error.ts'
import { repr, str } from '../python/text.ts'
import { isDict, type Value } from '../python/value.ts'
import { equal } from '../query/compare.ts'
import type { CredentialProvider } from './provider.ts'
import { readExpiration, refreshing, type TemporaryCredentials } from './refreshing.ts'

const failure = (reason: string) =>
  new CommandError('general', `Error when retrieving credentials from custom-process: ${reason}`)

/**
 * The keys that a `credential_process` prints. The process runs at once, and again when its keys are about to end.
 * @throws CommandError `general`
 */
export async function processProvider(command: string): Promise<CredentialProvider> {
  const first = await processCredentials(command)
  return refreshing(() => processCredentials(command), first)
}

/** Runs the command, without a shell, and reads what it prints. */
async function processCredentials(command: string): Promise<TemporaryCredentials> {
  const [program, ...words] = splitCommand(command)
  const output = await new Promise<string>((resolve, reject) => {
    execFile(program, words, { maxBuffer: 1 << 20 }, (error, stdout, stderr) => {
      if (!error) resolve(stdout)
      else if ('syscall' in error) reject(new CommandError('general', systemError(error, program)))
      else reject(failure(stderr))
    })
  })
  const answer = readAnswer(output)
  const version = answer.has('Version') ? (answer.get('Version') ?? null) : '<Version key not provided>'
  if (version !== true && !equal(version, 1)) {
    throw failure(`Unsupported version ${repr(str(version))} for credential process provider, supported versions: 1`)
  }
  const text = (name: string) => {
    const value = answer.get(name)
    return typeof value === 'string' ? value : undefined
  }
  const accessKeyId = text('AccessKeyId')
  const secretAccessKey = text('SecretAccessKey')
  if (accessKeyId === undefined) throw failure("Missing required key in response: 'AccessKeyId'")
  if (secretAccessKey === undefined) throw failure("Missing required key in response: 'SecretAccessKey'")
  const sessionToken = text('SessionToken')
  const expiration = answer.get('Expiration') ?? null
  return {
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    expiration: expiration === null ? undefined : readExpiration(expiration),
  }
}

function readAnswer(output: string): ReadonlyMap<string, Value> {
  try {
    const answer = parseJson(output)
    if (isDict(answer)) return answer
  } catch {
    // told below: what is no JSON is no answer
  }
  throw failure('the command printed no JSON object')
}
