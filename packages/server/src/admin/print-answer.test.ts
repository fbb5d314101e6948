import { PassThrough, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Unfinished } from './command.ts'
import { printAnswer, printSecret, printText } from './print-answer.ts'

async function printed(answer: unknown) {
  const output = new PassThrough()
  const all = text(output)
  const exitCode = await printAnswer(answer, output)
  output.end()
  return { exitCode, text: await all }
}

const failing = (code: string) =>
  new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) =>
      setImmediate(done, Object.assign(new Error(`${code}: it fails, write`), { code, syscall: 'write' })),
  })

it('refuses a secret that cannot be shown', async () => {
  await expect(printSecret({ secret: 1 }, failing('EPIPE'))).rejects.toThrow(
    'Nobody reads the output. The secret could not be shown, and nothing was changed: run the command again.',
  )
  await expect(printSecret({ secret: 1 }, failing('ENOSPC'))).rejects.toThrow(
    'The output cannot be written: it fails. The secret could not be shown',
  )
  const output = new PassThrough()
  await printSecret({ secret: 1 }, output)
  expect(JSON.parse(String(output.read()))).toEqual({ secret: 1 })
})

describe('printAnswer', () => {
  it('prints an answer as JSON, and ends with 1 where something is left', async () => {
    expect(await printed({ a: 1 })).toEqual({ exitCode: 0, text: '{\n  "a": 1\n}\n' })
    expect(await printed(new Unfinished({ a: 1 }))).toEqual({ exitCode: 1, text: '{\n  "a": 1\n}\n' })
  })

  it('prints nothing where a command has printed all', async () => {
    expect(await printed(undefined)).toEqual({ exitCode: 0, text: '' })
  })

  it('ends when nobody reads any more, and tells any other failure', async () => {
    async function* endless() {
      for (let made = 0; ; made += 1) yield { made }
    }
    expect(await printAnswer(endless(), failing('EPIPE'))).toBe(0)
    await expect(printAnswer(endless(), failing('ENOSPC'))).rejects.toThrow('ENOSPC')
    await expect(printAnswer({ secret: 'shown once' }, failing('ENOSPC'))).rejects.toThrow('ENOSPC')
    expect(await printText('help', failing('EPIPE'))).toBe(false)
  })

  it('prints a line of JSON for each of many, and asks for no more than the reader takes', async () => {
    let made = 0
    async function* many() {
      for (; made < 5; made += 1) yield { made }
    }
    const lines: string[] = []
    let resume = () => {}
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk, _, done) {
        lines.push(String(chunk))
        resume = done
      },
    })
    const printing = printAnswer(many(), slow)
    await turn()
    expect([made, lines]).toEqual([0, ['{"made":0}\n']])
    for (let count = 0; count < 5; count += 1) {
      resume()
      await turn()
    }
    expect(await printing).toBe(0)
    expect(lines).toHaveLength(5)
  })
})
