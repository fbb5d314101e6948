/** Compares what a program did with what the original did. */
import { isDeepStrictEqual } from 'node:util'
import type { RecordedCase, RecordedRequest } from './recorded-case.ts'
import type { CaseResult } from './run-case.ts'

export interface CaseDifferences {
  /** Differences in the exit code, in output or in a request, and errors that lack the original's words. */
  readonly behaviour: readonly string[]
  /** Errors that are not the same to the byte, and such output of which the recording asks less. */
  readonly wording: readonly string[]
}

/** @param name the program's own name, where the original says `aws` on standard error */
export function compareCase(recorded: RecordedCase, result: CaseResult, name: string): CaseDifferences {
  const { expect } = recorded
  const stderr = withOriginalName(result.stderr.toString(), name)
  const exit = result.exit === expect.exit ? [] : [`exit code: ${result.exit}, not ${expect.exit}`]
  const lacking = (expect.stderr_contains ?? []).filter(part => !stderr.includes(part))
  const wanted = Buffer.from(
    expect.stdout_b64 ?? expect.stdout ?? '',
    expect.stdout_b64 === undefined ? 'utf8' : 'base64',
  )
  const mode = recorded.stdout_mode ?? 'exact'
  const isSameOutput = wanted.equals(result.stdout)
  const output = mode === 'exact' && isSameOutput ? [] : compareOutput(recorded, wanted.toString(), result.stdout)
  const isSameError = recorded.stderr_mode === 'contains' || stderr === expect.stderr
  return {
    behaviour: [
      ...exit,
      ...output,
      ...compareRequests(recorded, result.requests),
      ...lacking.map(part => `standard error lacks ${quote(part)}: ${quote(stderr)}`),
    ],
    wording: [
      ...(mode === 'exact' || isSameOutput ? [] : ['standard output is not the same to the byte']),
      ...(isSameError ? [] : [`standard error: ${quote(stderr)}, not ${quote(expect.stderr)}`]),
    ],
  }
}

function withOriginalName(text: string, name: string): string {
  return text.replace(new RegExp(`(?<![\\w/.-])${name}(?![\\w/-])`, 'g'), 'aws')
}

function compareOutput(recorded: RecordedCase, wanted: string, output: Buffer): string[] {
  const text = output.toString()
  switch (recorded.stdout_mode ?? 'exact') {
    case 'exact':
      return [`standard output: ${quote(text)}, not ${quote(wanted)}`]
    case 'regex':
      return new RegExp(recorded.stdout_regex ?? '', 's').test(text) ? [] : [`standard output: ${quote(text)}`]
    case 'contains': {
      const page = words(withoutOverstrikes(text))
      const lacking = (recorded.stdout_contains ?? []).filter(part => !page.includes(words(part)))
      return lacking.map(part => `standard output lacks ${quote(part)}`)
    }
    case 'yaml_skeleton':
      return withoutComments(text) === withoutComments(wanted)
        ? []
        : [`YAML: ${quote(withoutComments(text))}, not ${quote(withoutComments(wanted))}`]
  }
}

/** A pager draws bold and underlined letters by going back over them. */
const withoutOverstrikes = (text: string): string => text.replace(/.[\b]/gs, '')

const words = (text: string): string => text.trim().replace(/\s+/g, ' ')

/** Comments come from the service's own documentation; what must be given is said there too, and counts. */
const withoutComments = (text: string): string =>
  text.replace(/[^\S\n]*# (\[REQUIRED\])?.*$/gm, (_, required?: string) =>
    required === undefined ? '' : ' # [REQUIRED]',
  )

function compareRequests(
  { expect, requests_min: least }: RecordedCase,
  requests: readonly RecordedRequest[],
): string[] {
  if (least !== undefined)
    return requests.length >= least ? [] : [`requests: ${requests.length}, not at least ${least}`]
  if (requests.length !== expect.requests.length)
    return [`requests: ${requests.length}, not ${expect.requests.length}: ${quote(requests)}`]
  return expect.requests.flatMap((wanted, index) => {
    const [before, now] = [comparable(wanted), comparable(requests[index])]
    return isDeepStrictEqual(before, now) ? [] : [`request ${index}: ${quote(now)}, not ${quote(before)}`]
  })
}

/** The parts of a request that must agree. */
function comparable(request: RecordedRequest | undefined) {
  if (request === undefined) return undefined
  const { method, path, target, content_type: type, json, auth, authorization } = request
  return {
    ...{ method, path, target, type, authorization },
    sessionToken: request['x-amz-security-token'],
    metadataToken: request['x-aws-ec2-metadata-token'],
    json: method === 'POST' ? (json ?? null) : undefined,
    auth: {
      signed: auth?.signed ?? null,
      accessKey: auth?.access_key ?? null,
      region: auth?.region ?? null,
      service: auth?.service ?? null,
      valid: auth?.valid ?? null,
    },
  }
}

const quote = (value: unknown): string => JSON.stringify(value).slice(0, 1500)
