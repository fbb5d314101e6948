import { describe, expect, it } from 'vitest'
import { createProgress } from './progress.ts'

function open(isTTY: boolean) {
  let [time, written] = [0, '']
  const stream = {
    isTTY,
    write(text: string) {
      written += text
    },
  }
  const progress = createProgress(stream, () => time)
  const pass = (ms: number) => {
    time += ms
  }
  return { progress, pass, written: () => written }
}

describe('createProgress', () => {
  it('writes plain lines, not too many of them, where nobody watches', () => {
    const { progress, pass, written } = open(false)
    for (let count = 0; count < 100; count += 1) {
      progress.now(`${count} done`)
      pass(100)
    }
    progress.line('a fault')
    progress.done()
    expect(written()).toBe('50 done\na fault\n')
  })

  it('keeps one line up to date on a terminal, under the lines that stay', () => {
    const { progress, pass, written } = open(true)
    pass(100)
    progress.now('1 done')
    progress.line('a fault')
    pass(100)
    progress.now('2 done')
    progress.done()
    expect(written().replaceAll('\r\u001b[K', '<')).toBe('<1 done<a fault\n<2 done<')
  })
})
