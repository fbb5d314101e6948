import type { Answer } from '../../output/answer.ts'
import { print, type Showing } from '../../output/print.ts'
import { str } from '../../python/text.ts'
import { isDict } from '../../python/value.ts'
import { formatBytes } from '../clean/format-bytes.ts'

/** Prints what was purged. On stderr it tells a person when the space comes back. */
export async function showPurged(answer: Answer, title: string, showing: Showing): Promise<void> {
  await print(answer, title, showing)
  const left = 'one' in answer ? answer.one.get('uncollected') : undefined
  if (!isDict(left)) return
  const count = Number(left.get('blobCount'))
  const until = str(left.get('waitsUntil') ?? '')
  showing.environment.stderr.write(
    `${count} ${count === 1 ? 'blob' : 'blobs'} of the repository (${formatBytes(Number(left.get('byteCount')))}) ` +
      `${count === 1 ? 'is' : 'are'} needed no more. The server gives the space back within minutes of ${until}, ` +
      'when the lease of the last push is over.\n',
  )
}
