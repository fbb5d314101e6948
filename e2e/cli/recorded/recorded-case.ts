/** The recorded cases of the original command line: the form of a line of `cases.jsonl`. */
import { readFileSync } from 'node:fs'

/**
 * What stands for something that differs from run to run: `@@PORT@@` the stub server's port, `@@DEADPORT@@` a port that
 * nothing listens on, `@@TMP@@` the case's own folder (the working directory; `home` in it is HOME), `@@PATH@@` PATH.
 */
export type Placeholders = Readonly<Record<'@@PORT@@' | '@@DEADPORT@@' | '@@TMP@@' | '@@PATH@@', string>>

/** What the stub server answers: a JSON document or bytes, perhaps after a while, or nothing at all. */
export interface RecordedAnswer {
  readonly status?: number
  readonly json?: unknown
  readonly body?: string
  readonly body_b64?: string
  /** Headers that replace those of the stub. A null leaves the stub's header out. */
  readonly headers?: Readonly<Record<string, string | null>>
  /** Seconds before the answer. */
  readonly delay?: number
  /** Whether the connection ends without an answer. */
  readonly drop?: boolean
}

export interface RecordedAuth {
  readonly signed?: boolean
  readonly access_key?: string
  readonly region?: string
  readonly service?: string
  /** Whether the signature is right; null where the case does not know the secret. */
  readonly valid?: boolean | null
}

/** One request as it reached the stub server. Headers that no case looks at are left out. */
export interface RecordedRequest {
  readonly method: string
  readonly path: string
  readonly target?: string
  readonly content_type?: string
  readonly json?: unknown
  readonly auth?: RecordedAuth
  readonly authorization?: string
  readonly 'x-amz-security-token'?: string
  readonly 'x-aws-ec2-metadata-token'?: string
}

export interface RecordedCase {
  readonly id: string
  readonly category: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Set where the program is the shells' completer, and not the command itself. */
  readonly exe?: 'aws_completer'
  readonly files?: Readonly<Record<string, { readonly text?: string; readonly b64?: string; readonly mode?: string }>>
  readonly stdin?: string
  /** Set where standard output is a terminal of this size; standard input too, if `stdin` says so. */
  readonly tty?: { readonly cols: number; readonly rows: number; readonly stdin?: boolean }
  readonly tls?: boolean
  /** Answers in their order; the last one repeats. */
  readonly responses?: readonly RecordedAnswer[]
  /** Answers by `METHOD /path`, or `METHOD /prefix*`. */
  readonly routes?: Readonly<Record<string, RecordedAnswer>>
  /** Secrets by access key id. */
  readonly secrets?: Readonly<Record<string, string>>
  /** Whether the case says itself where https leads to. Otherwise a proxy keeps every request on this machine. */
  readonly no_guard?: boolean
  readonly stdout_mode?: 'exact' | 'regex' | 'contains' | 'yaml_skeleton'
  readonly stdout_regex?: string
  readonly stdout_contains?: readonly string[]
  readonly stderr_mode?: 'exact' | 'contains'
  readonly requests_min?: number
  readonly expect: {
    readonly exit: number
    readonly stdout?: string
    readonly stdout_b64?: string
    readonly stderr: string
    readonly stderr_contains?: readonly string[]
    readonly requests: readonly RecordedRequest[]
  }
}

/** Every case that was recorded. */
export function readCases(): RecordedCase[] {
  const lines = readFileSync(new URL('cases.jsonl', import.meta.url), 'utf8').split('\n')
  return lines.filter(line => line !== '').map(line => parseExactly(line) as RecordedCase)
}

/**
 * Reads JSON. An integer that a double cannot hold becomes its digits as text, so that no two of them look the same.
 */
export const parseExactly = (text: string): unknown =>
  JSON.parse(text.replace(STRING_OR_NUMBER, token => (LONG_INTEGER.test(token) ? `"${token}"` : token)))

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g
const LONG_INTEGER = /^-?\d{16,}$/

/** `value` with its placeholders filled in, in the names of members too. */
export function fillIn<T>(value: T, placeholders: Placeholders): T {
  const fill = (part: unknown): unknown => {
    if (typeof part === 'string')
      return Object.entries(placeholders).reduce((text, [name, filling]) => text.replaceAll(name, filling), part)
    if (Array.isArray(part)) return part.map(fill)
    if (typeof part === 'object' && part !== null)
      return Object.fromEntries(Object.entries(part).map(([name, member]) => [fill(name), fill(member)]))
    return part
  }
  return fill(value) as T
}
